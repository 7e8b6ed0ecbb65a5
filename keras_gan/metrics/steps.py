"""Metrics that follow the steps of training, beside those of samples."""

import keras
from keras import ops


def _agrees(targets: keras.KerasTensor, logits: keras.KerasTensor) -> keras.KerasTensor:
    return ops.cast(ops.equal(targets > 0.5, logits > 0.0), "float32")


@keras.saving.register_keras_serializable("keras_gan")
class DiscriminatorAccuracy(keras.metrics.MeanMetricWrapper):
    r"""The share of logits with the right sign: above 0 for real samples, not for made ones.

    1/2 where the discriminator can only guess, as in the 2014 paper's equilibrium; 1 where it has
    won. Of several critics, all count. It means nothing for a critic whose logits have no zero,
    such as WGAN's.

    Example:

    >>> gan.compile(metrics=[keras_gan.metrics.DiscriminatorAccuracy()])
    >>> gan.fit(images, validation_data=held_out).history["val_d_accuracy"]

    References:
        Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661, section 4.
    """

    def __init__(self, name: str = "d_accuracy", dtype: str | None = None):
        super().__init__(fn=_agrees, name=name, dtype=dtype)

    def get_config(self) -> dict:
        return {"name": self.name}
