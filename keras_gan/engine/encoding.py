"""What models with an encoder can do besides: from pictures to latents, and back."""

from typing import Any

import numpy as np

from keras_gan.engine.model import GenerativeModel, pictures
from keras_gan.metrics import Sample


class Encodes(GenerativeModel):
    """Base of the models with an encoder; a subclass has `codes`."""

    def describe_samples(self) -> None:
        super().describe_samples()
        if self.takes_condition:
            raise ValueError(
                f"The networks of {type(self).__name__} take latents and images alone. "
                "Received: networks of two inputs. Expected one."
            )

    def codes(self, images: Any, training: bool) -> Any:
        """The latents `(batch, latent_dim)` of images in [-1, 1]."""
        raise NotImplementedError

    def encode(self, images: np.ndarray) -> np.ndarray:
        """The latents `(n, latent_dim)` of images, uint8 or float in [-1, 1]."""
        return self.run_signature("encode", images)

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """What the averaged generator makes of `encode(images)`: float32 images in [-1, 1]."""
        return self.run_signature("reconstruct", images)

    def remade(self, real: Sample, fake: Sample) -> Sample:
        """The real samples reconstructed."""
        return Sample(self.reconstruct(real.images), real.labels, of=self.kind)

    def extra_signatures(self) -> dict[str, tuple]:
        """`encode`, pictures to latents, and `reconstruct`, pictures to pictures."""

        def encode(images: Any) -> dict[str, Any]:
            return {"latents": self.codes(images, training=False)}

        def reconstruct(images: Any) -> dict[str, Any]:
            latents = self.codes(images, training=False)
            return {"images": self.generate(latents, None, training=False)}

        given = [pictures(self.image_shape)]
        return {"encode": (encode, given), "reconstruct": (reconstruct, given)}
