"""VideoGAN. Vondrick et al., 2016, https://arxiv.org/abs/1609.02612

Idea: clips by convolutions in space and time, from a foreground that moves and a background that
does not, put together by a mask.
Differs from the paper: any number of frames and any sides; kernels start as N(0, 0.02), as in
DCGAN, not as N(0, 0.01); one logit in place of two, and no half of the discriminator's loss, which
is nothing to Adam; clips are not stabilised, which is left to who makes them.
"""

from typing import Any

import keras
from keras import ops

from keras_gan import losses
from keras_gan.builders import videogan_discriminator, videogan_generator
from keras_gan.core.kinds import Clip
from keras_gan.engine.gan import GAN
from keras_gan.engine.model import call_network
from keras_gan.engine.outputs import Batch, Outputs


@keras.saving.register_keras_serializable("keras_gan")
class VideoGAN(GAN):
    """A GAN of clips.

    Args:
        image_shape: `(frames, height, width, channels)`; the paper's is `(32, 64, 64, 3)`.
        latent_dim: Length of the latent vectors. 100 if not given.
        width: Channels of the layers next to the clip; deeper ones have more.
        mask_weight: Factor of the mean of the mask, logged as `g_mask`, which keeps what need not
            move in the background.

    The other arguments are those of `keras_gan.GAN`. A generator of the user's own gives clips and
    masks `(batch, frames, height, width, 1)` in [0, 1].

    Example:

    >>> gan = keras_gan.VideoGAN(image_shape=(16, 32, 32, 1), width=16)
    >>> gan.compile()
    >>> gan.fit(clips, batch_size=64, epochs=20)
    >>> gan.kind.draw(gan.sample(8, seed=0), "clips.gif")

    References:
        Vondrick et al., 2016, https://arxiv.org/abs/1609.02612.
    """

    kind = Clip()
    sampler_outputs = ("samples", "mask")

    def __init__(self, *networks: keras.Model, mask_weight: float = 0.1, **options: Any):
        super().__init__(*networks, **options)
        if not mask_weight >= 0:
            raise ValueError(f"Expected mask_weight >= 0. Received: mask_weight={mask_weight}.")
        self.mask_weight = mask_weight

    build_generator = staticmethod(videogan_generator)
    build_discriminator = staticmethod(videogan_discriminator)

    def defaults(self) -> dict[str, Any]:
        adam = self.each_optimizer(lambda: keras.optimizers.Adam(2e-4, beta_1=0.5))
        return {"loss": losses.NonSaturating(), **adam}

    def forward(self, batch: Batch, training: bool) -> Outputs:
        network = self.network("generator", training)
        clips, mask = call_network(network, batch.latents, None, training)
        return Outputs(batch, clips, extra=mask, training=training)

    def extra_terms(self) -> tuple[str, ...]:
        return ("g_mask",)

    def generator_terms(self, out: Outputs) -> dict[str, Any]:
        mask = self.mask_weight * ops.mean(ops.abs(out.extra))
        return super().generator_terms(out) | {"g_mask": mask}
