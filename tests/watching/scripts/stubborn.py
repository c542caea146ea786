"""Says when it is ready, and which signals it hears; ends at the second."""

import signal
import sys
import time

heard = []


def hear(number, _):
    heard.append(number)
    print(f"heard {signal.Signals(number).name}", flush=True)


for name in ("SIGINT", "SIGTERM", "SIGHUP"):
    signal.signal(getattr(signal, name), hear)
print("ready", flush=True)
began = time.monotonic()
while not heard and time.monotonic() - began < 20:
    time.sleep(0.01)
time.sleep(0.5)  # a second copy of the signal would come now
print(f"heard {len(heard)}", flush=True)
sys.exit(len(heard))
