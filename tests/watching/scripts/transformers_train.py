"""Hugging Face's Trainer on a tiny network with random weights, with laptime's callback."""

import os
import sys
import tempfile
import warnings

os.environ["HF_HUB_OFFLINE"] = "1"
warnings.simplefilter("ignore")

import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

from laptime.watching.transformers import LaptimeCallback

config = BertConfig(
    vocab_size=64,
    hidden_size=16,
    num_hidden_layers=1,
    num_attention_heads=2,
    intermediate_size=16,
    max_position_embeddings=16,
    num_labels=2,
)
rows = [
    {"input_ids": torch.randint(0, 64, (8,)), "labels": torch.tensor(number % 2)}
    for number in range(64)
]
with tempfile.TemporaryDirectory() as folder:
    arguments = TrainingArguments(
        output_dir=folder,
        num_train_epochs=3,
        per_device_train_batch_size=8,
        gradient_accumulation_steps=2,
        eval_strategy=sys.argv[1] if len(sys.argv) > 1 else "epoch",
        eval_steps=3,
        logging_steps=4,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        use_cpu=True,
    )
    Trainer(
        model=BertForSequenceClassification(config),
        args=arguments,
        train_dataset=rows,
        eval_dataset=rows,
        callbacks=[LaptimeCallback()],
    ).train()
