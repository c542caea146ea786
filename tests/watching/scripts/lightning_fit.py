"""A Lightning module and its Trainer, with laptime's callback."""

import logging
import tempfile
import warnings

import lightning
import torch

from laptime.watching.lightning import LaptimeCallback

warnings.simplefilter("ignore")  # its advice on workers is not what is tested
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


class Module(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.network = torch.nn.Linear(8, 3)

    def training_step(self, batch, _):
        images, classes = batch
        return torch.nn.functional.cross_entropy(self.network(images), classes)

    def validation_step(self, batch, _):
        self.training_step(batch, _)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


data = torch.utils.data.TensorDataset(torch.rand(96, 8), torch.randint(0, 3, (96,)))
loader = torch.utils.data.DataLoader(data, batch_size=16)
with tempfile.TemporaryDirectory() as folder:
    trainer = lightning.Trainer(
        max_epochs=3,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=folder,
        callbacks=[LaptimeCallback("lightning script")],
    )
    trainer.fit(Module(), loader, loader)
