"""SNGAN for 32x32 in PyTorch, written anew after mimicry, https://github.com/kwotsin/mimicry

Its blocks, its spectral normalization (one step of the power method in every training pass), its
order of updates: the generator first, on the batch that the first update of the critic sees as
well. It needs `torch`, which nothing else here does.
"""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional

LATENT_DIM, WIDTH, CRITIC_WIDTH = 128, 256, 128
CRITIC_UPDATES = 5


class SpectralConv(nn.Conv2d):
    def __init__(self, inputs: int, outputs: int, kernel: int):
        super().__init__(inputs, outputs, kernel, padding=kernel // 2)
        self.register_buffer("u", torch.randn(1, outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.conv2d(x, normalized(self), self.bias, padding=self.padding)


class SpectralLinear(nn.Linear):
    def __init__(self, inputs: int, outputs: int):
        super().__init__(inputs, outputs)
        self.register_buffer("u", torch.randn(1, outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.linear(x, normalized(self), self.bias)


def normalized(layer: nn.Module) -> torch.Tensor:
    matrix = layer.weight.view(layer.weight.shape[0], -1)
    with torch.no_grad():
        v = functional.normalize(layer.u @ matrix)
        u = functional.normalize(v @ matrix.t())
    sigma = u @ matrix @ v.t()
    if layer.training:
        layer.u.copy_(u)
    return layer.weight / sigma


def up(x: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


class UpBlock(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.BatchNorm2d(WIDTH), nn.BatchNorm2d(WIDTH)
        self.conv1, self.conv2 = (nn.Conv2d(WIDTH, WIDTH, 3, padding=1) for _ in range(2))
        self.skip = nn.Conv2d(WIDTH, WIDTH, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv1(up(torch.relu(self.norm1(x))))
        return self.conv2(torch.relu(self.norm2(y))) + self.skip(up(x))


class Generator(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(LATENT_DIM, 4 * 4 * WIDTH)
        self.blocks = nn.Sequential(UpBlock(), UpBlock(), UpBlock(), nn.BatchNorm2d(WIDTH))
        self.last = nn.Conv2d(WIDTH, 3, 3, padding=1)

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        x = self.blocks(self.dense(latents).view(-1, WIDTH, 4, 4))
        return torch.tanh(self.last(torch.relu(x)))


class DownBlock(nn.Module):
    def __init__(self, inputs: int, halve: bool):
        super().__init__()
        self.first, self.halve = inputs == 3, halve
        self.conv1 = SpectralConv(inputs, CRITIC_WIDTH, 3)
        self.conv2 = SpectralConv(CRITIC_WIDTH, CRITIC_WIDTH, 3)
        self.skip = SpectralConv(inputs, CRITIC_WIDTH, 1) if halve else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv2(torch.relu(self.conv1(x if self.first else torch.relu(x))))
        if not self.halve:
            return y + x
        y = functional.avg_pool2d(y, 2)
        if self.first:
            return y + self.skip(functional.avg_pool2d(x, 2))
        return y + functional.avg_pool2d(self.skip(x), 2)


class Critic(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        plan = ((3, True), (CRITIC_WIDTH, True), (CRITIC_WIDTH, False), (CRITIC_WIDTH, False))
        self.blocks = nn.Sequential(*(DownBlock(*block) for block in plan))
        self.dense = SpectralLinear(CRITIC_WIDTH, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.dense(torch.relu(self.blocks(images)).sum((2, 3)))


def sngan(batch: int) -> Callable[[int], None]:
    """A function that runs so many steps: five updates of the critic, one of the generator."""
    generator, critic = Generator(), Critic()
    adam = {"lr": 2e-4, "betas": (0.0, 0.9)}
    g_optimizer = torch.optim.Adam(generator.parameters(), **adam)
    d_optimizer = torch.optim.Adam(critic.parameters(), **adam)
    batches = torch.rand(CRITIC_UPDATES, batch, 3, 32, 32) * 2 - 1

    def update_generator() -> None:
        generator.zero_grad()
        loss = -critic(generator(torch.randn(batch, LATENT_DIM))).mean()
        loss.backward()
        g_optimizer.step()

    def update_critic(real: torch.Tensor) -> float:
        critic.zero_grad()
        real_scores = critic(real)
        fake_scores = critic(generator(torch.randn(batch, LATENT_DIM)).detach())
        loss = torch.relu(1.0 - real_scores).mean() + torch.relu(1.0 + fake_scores).mean()
        loss.backward()
        d_optimizer.step()
        return loss.item()

    def run(steps: int) -> None:
        for _ in range(steps):
            update_generator()
            for real in batches:
                update_critic(real)

    return run
