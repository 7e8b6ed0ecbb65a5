"""What `fit` is fed: a checked dataset, grouped for the critic, in an order that can be resumed."""

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gan import inputs
from keras_gan.data import checks, order


class DivergenceError(ArithmeticError):
    """A loss or a gradient is not finite: the weights in memory are of no use any more."""


class Feed:
    """The data of one `fit` or `evaluate`.

    Arrays are checked whole, here. Datasets are checked by their element spec here, and then batch
    by batch in the input pipeline, before the step that would train on the batch: that works
    under XLA too, where assertions in the step would vanish.

    Args:
        gan: The model, for what it expects.
        x, y: As passed to `fit`.
        batch_size: Batch size for arrays.
        shuffle: Whether arrays are shuffled.
        n_critic: Batches that one Keras step takes.
        training: Whether batches are normalised by their own statistics.

    Raises:
        ValueError: for what the model cannot train on.
    """

    def __init__(
        self,
        gan: keras.Model,
        x: Any,
        y: Any,
        batch_size: int,
        shuffle: bool = False,
        n_critic: int = 1,
        training: bool = False,
    ):
        self._gan = gan
        self._training = training
        self._begun = self._under_way = False
        self._unscaled = False
        self._replicas = gan.distribute_strategy.num_replicas_in_sync
        own = order.Failure()
        if isinstance(x, tf.data.Dataset):
            dataset = self._check_dataset(x, y)
            batch_size = _batch_size(dataset) if n_critic > 1 else None
            dataset = dataset.map(self._check_in_pipeline(own))
        else:
            dataset = self._from_arrays(x, y, batch_size, shuffle)
        self.order = order.find(dataset, "order")
        self._failures = [own, order.find(dataset, "failure")]
        options = tf.data.Options()
        options.experimental_external_state_policy = tf.data.experimental.ExternalStatePolicy.IGNORE
        if n_critic > 1:
            least = n_critic * self._replicas
            if self.order is not None and self.order.size < least:
                raise ValueError(
                    "Each of the n_critic updates on each replica needs an image of its own. "
                    f"Received: {self.order.size} images. Expected at least {least}."
                )
            dataset = _grouped(dataset, n_critic, batch_size, least, self.order)
        self.dataset = dataset.with_options(options)

    def dataset_from(self, initial_epoch: int, steps_per_epoch: int | None) -> tf.data.Dataset:
        """The dataset as a run that begins with `initial_epoch` sees it.

        With `steps_per_epoch`, epochs are no passes: the passes follow each other without end, and
        what earlier epochs took of them is skipped.
        """
        self._begins_with = None
        if self.order is None or steps_per_epoch is None:
            return self.dataset
        self.order.epoch = 0
        self._begins_with = initial_epoch
        return self.dataset.repeat().skip(initial_epoch * steps_per_epoch)

    def rewind(self) -> None:
        """Lets held-out data come in the same order in every evaluation."""
        if self.order is not None:
            self.order.epoch = 0

    def arrays(self, steps: int | None = None) -> tuple[np.ndarray, np.ndarray | None]:
        """Images and condition of all batches, or of the first `steps`, joined."""
        self.rewind()
        dataset = self.dataset if steps is None else self.dataset.take(steps)
        batches = [inputs.as_pair(batch) for batch in dataset.as_numpy_iterator()]
        images, conditions = zip(*batches, strict=True)
        return np.concatenate(images), (
            None if conditions[0] is None else np.concatenate(conditions)
        )

    def begin(self, epoch: int) -> None:
        """Sets the order of an epoch; with `steps_per_epoch` it follows from the first one's.

        Raises:
            ValueError: if a callback has moved the beginning of a run of `steps_per_epoch`.
        """
        if self.order is None:
            return
        if self._begins_with is None:
            self.order.epoch = epoch
        elif epoch < self._begins_with or (not self._under_way and epoch > self._begins_with):
            raise ValueError(
                f"A callback goes on with epoch {epoch}, and the data stand at "
                f"{self._begins_with}. With steps_per_epoch, pass initial_epoch={epoch} to fit."
            )
        self._under_way = True

    def callbacks(self, callbacks: Any) -> list:
        """The user's callbacks, and before them the one that watches over the run."""
        callbacks = keras.tree.flatten(callbacks) if callbacks is not None else []
        lenient = any(isinstance(c, keras.callbacks.TerminateOnNaN) for c in callbacks)
        return [_Watch(self, lenient), *callbacks]

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Turns what TensorFlow makes of an error in the data back into that error.

        Keras warns at the end of every dataset of unknown length; here that is no news.
        """
        try:
            with warnings.catch_warnings():
                if self.dataset.cardinality() == tf.data.UNKNOWN_CARDINALITY:
                    warnings.filterwarnings("ignore", message="Your input ran out of data")
                yield
        except tf.errors.OpError:
            for failure in self._failures:
                if failure is not None and failure.error is not None:
                    raise ValueError(str(failure.error)) from None
            raise

    def warn_if_unscaled(self) -> None:
        """Warns once where images seem to be in [0, 1]."""
        if self._unscaled:
            self._unscaled = False
            warnings.warn(
                "The images look like [0, 1]. Expected [-1, 1]: pass x * 2 - 1, or uint8.",
                stacklevel=2,
            )

    # -- checks ----------------------------------------------------------------------------------

    def _from_arrays(self, x: Any, y: Any, batch_size: int, shuffle: bool) -> tf.data.Dataset:
        if not hasattr(x, "__array__") and not isinstance(x, list):
            raise ValueError(
                "Expected a tf.data.Dataset or an array of images. "
                f"Received: x of type {type(x).__name__}."
            )
        images = np.asarray(x)
        labels = None if y is None else np.asarray(y)
        self._check_condition_is_there(labels, "y=None")
        self._check(images, labels)
        self._unscaled = checks.looks_unscaled(images)
        self.warn_if_unscaled()
        self._check_batch_size(min(batch_size, len(images)))
        if not self._gan.takes_condition:
            labels = None
        elif self._gan.num_classes:
            labels = inputs.class_indices(tf.convert_to_tensor(labels)).numpy()
        return order.from_arrays(
            images, labels, batch_size=batch_size, seed=self._gan.seed, shuffle=shuffle
        )

    def _check_dataset(self, dataset: tf.data.Dataset, y: Any) -> tf.data.Dataset:
        if y is not None:
            raise ValueError("A dataset brings its own labels. Received: y beside a dataset.")
        if dataset.cardinality() == 0:
            raise ValueError("The dataset is empty: there is nothing to train on.")
        images, labels = inputs.as_pair(dataset.element_spec)
        if not isinstance(images, tf.TensorSpec):
            raise ValueError(
                "A batch is images, or (images, condition), as tensors. "
                f"Received: elements of {type(images).__name__}."
            )
        self._check_condition_is_there(labels, "a dataset of images alone")
        if images.shape.rank is not None:
            checks.check_shape(tuple(images.shape), self._gan.image_shape)
            self._check_batch_size(images.shape[0])
        if self._gan.num_classes and labels.shape.rank is None:
            raise ValueError(
                "A dataset has to know whether its labels are integers or one-hot. Received: labels"
                " of unknown rank. Expected a shape, as from_generator(output_signature=) has it."
            )
        if self._condition_shape is not None and labels.shape.rank is not None:
            with _in_the_condition():
                checks.check_shape(tuple(labels.shape), self._condition_shape)
        return dataset

    def _check_in_pipeline(self, failure: order.Failure) -> Any:
        def check(images: np.ndarray, labels: np.ndarray) -> np.bool_:
            self._check(images, labels)
            if not self._begun:
                self._begun = True
                self._check_batch_size(len(images))
                self._unscaled = checks.looks_unscaled(images)
            return np.bool_(True)

        guarded = failure.guard(check)

        def passed(*batch: tf.Tensor) -> Any:
            images, labels = inputs.as_pair(batch)
            if not self._gan.takes_condition or labels is None:
                batch, labels = (images,), tf.zeros((0,))
            checked = tf.numpy_function(guarded, [images, labels], tf.bool)
            with tf.control_dependencies([checked]):
                images, *condition = (tf.identity(part) for part in batch)
            images = tf.ensure_shape(images, (None, *self._gan.image_shape))
            if self._gan.num_classes:
                condition = [inputs.class_indices(condition[0])]
            elif condition:
                condition = [tf.ensure_shape(condition[0], (None, *self._condition_shape))]
            return (images, *condition) if condition else images

        return passed

    def _check(self, images: np.ndarray, labels: np.ndarray | None) -> None:
        checks.check_images(images, self._gan.image_shape)
        if self._gan.takes_condition:
            if self._gan.num_classes:
                checks.check_labels(labels, self._gan.num_classes, len(images))
            else:
                with _in_the_condition():
                    checks.check_images(labels, self._condition_shape)
                if len(labels) != len(images):
                    raise ValueError(
                        "Every image needs a picture as its condition. Received: "
                        f"{len(labels)} for {len(images)} images."
                    )

    @property
    def _condition_shape(self) -> tuple[int | None, ...] | None:
        """Shape of a picture that is a condition; None for classes, or without a condition."""
        if self._gan.num_classes or not self._gan.takes_condition:
            return None
        return self._gan.generator.inputs[1].shape[1:]

    def _check_condition_is_there(self, condition: Any, received: str) -> None:
        if self._gan.takes_condition and condition is None:
            what = "class labels" if self._gan.num_classes else "pictures as condition"
            raise ValueError(
                f"{type(self._gan).__name__} needs {what}. Received: {received}. "
                "Expected (images, condition)."
            )

    def _check_batch_size(self, size: int | None) -> None:
        networks = [getattr(self._gan, name) for name in self._gan.networks]
        if (
            self._training
            and size is not None
            and size <= self._replicas
            and any(
                isinstance(layer, keras.layers.BatchNormalization)
                for network in networks
                for layer in network._flatten_layers()
            )
        ):
            raise ValueError(
                "BatchNormalization needs more than one image to work out a variance. "
                f"Received: a batch size of {size} for {self._replicas} replica(s)."
            )


@contextlib.contextmanager
def _in_the_condition() -> Iterator[None]:
    """Says of an error in pictures that they are those that images are made from."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"Of the pictures as condition: {error}") from None


class _Watch(keras.callbacks.Callback):
    """Keeps the order in step with the epochs, and stops a run that has diverged."""

    def __init__(self, feed: Feed, lenient: bool):
        super().__init__()
        self._feed = feed
        self._lenient = lenient
        self._epoch = 0
        self._steps = 0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._epoch = epoch
        self._steps = 0
        self._feed.begin(epoch)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self._steps += 1
        self._feed.warn_if_unscaled()
        wrong = [name for name, value in logs.items() if not np.isfinite(value)]
        if wrong and not self._lenient:
            cause = ", ".join(name for name in wrong if name != "loss")
            raise DivergenceError(
                f"Training diverged in step {batch + 1} of epoch {self._epoch + 1}: {cause} is not "
                "finite, or a gradient of it. The weights in memory are of no use; go back to the "
                "last checkpoint. A lower learning rate or a gradient penalty may help."
            )

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if not self._steps:
            raise ValueError("The dataset is empty: there is nothing to train on.")


def _grouped(
    dataset: tf.data.Dataset,
    n_critic: int,
    batch_size: int,
    least: int,
    epoch_order: order.EpochOrder | None,
) -> tf.data.Dataset:
    """Batches of `n_critic` batches; a rest of fewer than `least` images is left out."""
    size = n_critic * batch_size

    def enough(*batch: tf.Tensor) -> tf.Tensor:
        return tf.shape(batch[0])[0] >= least

    grouped = dataset.rebatch(size).filter(enough)
    if epoch_order is None or dataset.cardinality() != -(-epoch_order.size // batch_size):
        return grouped
    full, rest = divmod(epoch_order.size, size)
    return grouped.apply(tf.data.experimental.assert_cardinality(full + (rest >= least)))


def _batch_size(dataset: tf.data.Dataset) -> int:
    """The size of a batch: from the spec, else from the first one."""
    images, _ = inputs.as_pair(dataset.element_spec)
    if images.shape.rank and images.shape[0]:
        return images.shape[0]
    first = next(iter(dataset.take(1)), None)
    if first is None:
        raise ValueError("The dataset is empty: there is nothing to train on.")
    return inputs.as_pair(first)[0].shape[0]
