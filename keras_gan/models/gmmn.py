"""GMMN. Li et al., 2015, https://arxiv.org/abs/1502.02761

Idea: no discriminator: the generator brings the maximum mean discrepancy of a batch of samples and
a batch of data to zero, under which two distributions are the same (an implicit GAN).
Differs from the paper: Adam in place of SGD at a rate of 2; bandwidths for images of any size
follow from those for MNIST; no autoencoder whose codes are matched in place of pixels.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_gan.builders import gmmn_generator
from keras_gan.core import priors
from keras_gan.engine.game import Game
from keras_gan.engine.outputs import Outputs, Terms

MNIST = (2.0, 5.0, 10.0, 20.0, 40.0, 80.0)  # for 784 pixels in [0, 1]


@keras.saving.register_keras_serializable("keras_gan")
class GMMN(Game):
    r"""A generator that matches all moments of the data: no critic.

    It minimises sqrt(mean k(x, x') + mean k(y, y') - 2 mean k(x, y)) over a batch of images x and
    of samples y (of a replica's part), k(x, y) = sum over s of exp(-||x - y||^2 / (2 s)). Larger
    batches say more: the paper has 1,000.

    Args:
        generator: Keras model from latents to samples.
        image_shape: `(height, width, channels)`.
        latent_dim: Length of the latent vectors, which are U(-1, 1). 10 if not given.
        width: Units of the first hidden layer.
        bandwidths: The values of s. If not given the paper's for MNIST, 2 to 80, times 4 for
            pixels in [-1, 1] and the number of values over 784.

    The other arguments are those of `keras_gan.GAN`.

    Example:

    >>> gan = keras_gan.GMMN(image_shape=(28, 28, 1))
    >>> gan.compile()
    >>> gan.fit(images, batch_size=1000, epochs=100)

    References:
        Li et al., 2015, https://arxiv.org/abs/1502.02761, section 3.
        Gretton et al., 2012, https://jmlr.org/papers/v13/gretton12a.html.
    """

    prior = priors.Uniform()

    def __init__(
        self,
        generator: keras.Model | tuple[int, ...] | None = None,
        *,
        bandwidths: Sequence[float] | None = None,
        **options: Any,
    ):
        super().__init__({"generator": generator}, **options)
        size = ops.prod(self.image_shape)
        default = [4.0 * s * float(size) / 784.0 for s in MNIST]
        self.bandwidths = default if bandwidths is None else list(bandwidths)
        if not self.bandwidths or min(self.bandwidths) <= 0:
            raise ValueError(f"Expected bandwidths above 0. Received: bandwidths={bandwidths}.")

    build_generator = staticmethod(gmmn_generator)

    def defaults(self) -> dict[str, Any]:
        return {"generator_optimizer": keras.optimizers.Adam(1e-3)}

    def player_terms(self, out: Outputs) -> Terms:
        return {"generator": {"g_loss": ops.sqrt(self.mmd2(out.real, out.fake) + 1e-10)}}

    def mmd2(self, real: Any, fake: Any) -> Any:
        """The squared discrepancy, biased: pairs of an image with itself count too."""
        real, fake = (
            ops.reshape(ops.cast(x, "float32"), (ops.shape(x)[0], -1)) for x in (real, fake)
        )
        pairs = ((real, real), (fake, fake), (real, fake))
        within_real, within_fake, between = (ops.mean(self._kernel(*pair)) for pair in pairs)
        return ops.relu(within_real + within_fake - 2.0 * between)

    def _kernel(self, x: Any, y: Any) -> Any:
        squares = [ops.sum(ops.square(rows), axis=1) for rows in (x, y)]
        distances = squares[0][:, None] + squares[1][None] - 2.0 * ops.matmul(x, ops.transpose(y))
        return sum(ops.exp(-ops.relu(distances) / (2.0 * s)) for s in self.bandwidths)
