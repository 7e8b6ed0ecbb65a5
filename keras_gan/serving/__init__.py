"""Behind an address: a client of TensorFlow Serving, and the command that starts one."""

from keras_gan.serving.client import Client
from keras_gan.serving.retries import ServingError

__all__ = ["Client", "ServingError"]
