"""Exact numbers of floating-point operations, a multiplication and an addition counted as two.

Convolutions and dense layers only: all else of these networks is small. At the borders, only the
taps that lie within the picture are counted.
"""

import keras


def taps(larger: int, smaller: int, kernel: int, stride: int) -> int:
    """Pairs (output, tap within the input) of a "same" convolution along one axis."""
    padding = max((smaller - 1) * stride + kernel - larger, 0) // 2
    return sum(
        0 <= output * stride + tap - padding < larger
        for output in range(smaller)
        for tap in range(kernel)
    )


def forward(network: keras.Model) -> list[int]:
    """FLOP of a forward pass of one picture, layer by layer, for the layers that have kernels."""
    counts = []
    for layer in network.layers:
        if isinstance(layer, keras.layers.Dense):
            counts.append(2 * layer.kernel.shape[0] * layer.kernel.shape[1])
        elif isinstance(layer, keras.layers.Conv2D | keras.layers.Conv2DTranspose):
            if layer.padding != "same":
                raise ValueError(f"Only padding='same' is counted. Received: {layer.padding!r}.")
            sizes = zip(layer.input.shape[1:3], layer.output.shape[1:3], strict=True)
            pairs = [
                taps(max(size), min(size), kernel, stride)
                for size, kernel, stride in zip(
                    sizes, layer.kernel_size, layer.strides, strict=True
                )
            ]
            counts.append(2 * pairs[0] * pairs[1] * layer.kernel.shape[2] * layer.kernel.shape[3])
    return counts


def per_image(generator: keras.Model, discriminator: keras.Model, step: str) -> int:
    """FLOP of a whole step, for each real image in it.

    A backward pass costs a forward pass for the weights and another for the inputs, the latter not
    for a network's first layer where nothing lies before it.

    Args:
        generator, discriminator: The networks.
        step: Name of the step in `step_time`: the guide's passes the generator once more forwards,
            and like the alternating one the discriminator; all others read both losses off the
            same passes.
    """
    g, d = forward(generator), forward(discriminator)
    fake = sum(g)
    judge = sum(d)
    d_gradient = 2 * judge - d[0]  # weights, and inputs of all layers but the first
    g_gradient = judge + 2 * fake - g[0]  # through the discriminator's inputs into the generator
    simultaneous = fake + 2 * judge + 2 * d_gradient + g_gradient
    again = {"ours-alternating": judge, "guide": fake + judge, "guide-training": fake + judge}
    return simultaneous + again.get(step, 0)
