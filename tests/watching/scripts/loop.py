"""A plain PyTorch loop, with laptime's two lines."""

import sys
import time

import torch

import laptime

torch.set_num_threads(1)
torch.manual_seed(0)
images, classes = torch.rand(256, 16), torch.randint(0, 4, (256,))
network = torch.nn.Sequential(torch.nn.Linear(16, 32), torch.nn.ReLU(), torch.nn.Linear(32, 4))
optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
loader = torch.utils.data.DataLoader(
    torch.utils.data.TensorDataset(images, classes), batch_size=32, shuffle=True
)
watch = laptime.Timer("own loop")
for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
    for batch, wanted in watch.steps(loader):
        loss = torch.nn.functional.cross_entropy(network(batch), wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        watch.loss(loss)
    with watch.validation(), torch.no_grad():
        network(images)
        time.sleep(0.01)  # as if it were a longer one
