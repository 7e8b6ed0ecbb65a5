"""What `fit` is fed: a checked dataset, grouped for the critic, in an order that can be resumed."""

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gan.data import checks, order
from keras_gan.engine import batches, conditions, inputs
from keras_gan.engine.bar import Bar

MANY = 100  # batches that are too small, before any other, that are waited for


class DivergenceError(ArithmeticError):
    """A loss or a gradient is not finite: the weights in memory are of no use any more."""


def check_finite(logs: dict[str, float], when: str) -> None:
    """Stops a training that has diverged.

    Raises:
        DivergenceError: names what is not finite.
    """
    wrong = [name for name, value in logs.items() if not np.isfinite(value)]
    if wrong:
        cause = ", ".join(name for name in wrong if name != "loss")
        raise DivergenceError(
            f"Training diverged {when}: {cause} is not finite, or a gradient of it. The weights in "
            "memory are of no use; go back to the last checkpoint. A lower learning rate or a "
            "gradient penalty may help."
        )


class Pipeline:
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
        self._begun = self._under_way = False
        self._unscaled = False
        self._replicas = gan.distribute_strategy.num_replicas_in_sync
        self._n_critic = n_critic
        others = [name for name in gan.networks if name not in gan.critics]
        twice = [training and _has_batch_norm(gan, names) for names in (others, gan.critics)]
        self._least = max(1 + twice[0], gan.least_rows * (1 + twice[1]))
        self._needs = "BatchNormalization needs more than one image to work out a variance."
        if gan.least_rows > 1:
            self._needs = f"{type(gan).__name__} needs {self._least} images on each replica."
        self._left_out, self._said = [], False
        own = order.Failure()
        if isinstance(x, tf.data.Dataset):
            x, y = gan.arranged(x, y)
            self._check_dataset(x, y)
            size = order.find(x, "batch_size")
            if size is None and n_critic > 1:
                size = batches.size_of(x)
            dataset = x.map(self._check_in_pipeline(own))
        else:
            dataset, size = self._from_arrays(x, y, batch_size, shuffle), batch_size
        self.order = order.find(dataset, "order")
        self._failures = [own, order.find(dataset, "failure")]
        self._endless = dataset.cardinality() == tf.data.INFINITE_CARDINALITY
        options = tf.data.Options()
        options.experimental_external_state_policy = tf.data.experimental.ExternalStatePolicy.IGNORE
        self.dataset = self._without_small(dataset, size, own).with_options(options)
        self.images_per_step, self._batch_size = self._images_per_step(size), size

    def _images_per_step(self, size: int | None) -> float | None:
        """Images of a step, on the average over a pass; None if nobody can say."""
        steps = int(self.dataset.cardinality())
        if self.order is not None and steps > 0:
            return self.order.size / steps
        static = inputs.as_pair(self.dataset.element_spec)[0].shape
        size = size and size * self._n_critic
        return size or (static[0] if static.rank else None)

    def check_ends(self, argument: str, value: int | None) -> None:
        """Refuses data without an end where nothing says how many steps are to be taken."""
        if self._endless and value is None:
            raise ValueError(
                f"The dataset never ends (it is repeated). Received: {argument}=None. "
                f"Expected {argument}, the number of batches to take."
            )

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
        pairs = [inputs.as_pair(batch) for batch in dataset.as_numpy_iterator()]
        images, conditions = zip(*pairs, strict=True)
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
        """The user's callbacks, before them the one that watches over the run, then the bar."""
        callbacks = keras.tree.flatten(callbacks) if callbacks is not None else []
        lenient = any(isinstance(c, keras.callbacks.TerminateOnNaN) for c in callbacks)
        shown = any(isinstance(c, keras.callbacks.ProgbarLogger) for c in callbacks)
        return [_Watch(self, lenient), *callbacks, *([] if shown else [Bar()])]

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
        except tf.errors.OpError as error:
            for failure in self._failures:
                if failure is not None and failure.error is not None:
                    raise ValueError(str(failure.error)) from None
            if isinstance(error, tf.errors.ResourceExhaustedError):
                raise MemoryError(self._too_large()) from error
            raise

    def _too_large(self) -> str:
        size = self._batch_size
        smaller = f"batch_size={size // 2}" if size and size > 1 else "a smaller model"
        return (
            "A step does not fit into the memory of the device. Received: batches of "
            f"{size or 'some'} samples of shape {self._gan.image_shape}. Try {smaller}."
        )

    def warn(self) -> None:
        """Warns once where images seem to be in [0, 1], and once of batches that are left out."""
        if self._left_out and self._least > 1 and not self._said:
            self._said = True
            warnings.warn(
                f"{self._needs} A batch that has too few is left out. Received: "
                f"{self._too_small(self._left_out[0])}.",
                stacklevel=2,
            )
        if self._unscaled:
            self._unscaled = False
            warnings.warn(
                "The images look like [0, 1]. Expected [-1, 1]: pass x * 2 - 1, or uint8.",
                stacklevel=2,
            )

    # -- checks ----------------------------------------------------------------------------------

    def _from_arrays(self, x: Any, y: Any, batch_size: int, shuffle: bool) -> tf.data.Dataset:
        images, labels = inputs.checked(self._gan, x, y, self._gan.targets)
        self._unscaled = self._gan.kind.looks_unscaled(images)
        self.warn()
        return order.from_arrays(
            images, labels, batch_size=batch_size, seed=self._gan.seed, shuffle=shuffle
        )

    def _without_small(
        self, dataset: tf.data.Dataset, size: int | None, failure: order.Failure
    ) -> tf.data.Dataset:
        """The dataset in groups of `n_critic` batches, without those that are too small."""
        images = inputs.as_pair(dataset.element_spec)[0]
        static = images.shape[0] if images.shape.rank else None
        if self._n_critic > 1:
            self._check_packs(size, replicas=1)
        elif static is not None:
            self._check_packs(static, self._replicas)
        if self._n_critic == 1 and (self._least == 1 or static is not None):
            if static is not None and not self._is_enough(static):
                raise ValueError(f"{self._needs} Received: {self._too_small(static)}.")
            return dataset
        known = self.order is not None and size is not None
        known = known and dataset.cardinality() == -(-self.order.size // size)
        if self._n_critic > 1:
            size *= self._n_critic
            dataset = dataset.rebatch(size)
        sizes = None
        if known:
            full, rest = divmod(self.order.size, size)
            sizes = [size] * full + [rest] * bool(rest)
            for each in {*sizes}:
                self._check_packs(each, self._replicas)
            self._check_some_is_enough(sizes)
            if self._n_critic == 1 and self._is_enough(sizes[-1]):
                return dataset
        return batches.those_of(dataset, failure.guard(self._fits), sizes)

    def check_not_empty(self) -> None:
        """Says why an epoch had no step."""
        if self._left_out:
            self._check_some_is_enough(self._left_out)
        raise ValueError("The dataset is empty: there is nothing to train on.")

    def _is_enough(self, size: int) -> bool:
        part = batches.smallest_part(size, self._replicas, self._n_critic, self._gan.pack)
        return part >= self._least

    def _check_packs(self, size: int, replicas: int) -> None:
        """Refuses a batch that is no whole packs on each replica."""
        pack = self._gan.pack
        if any(share % pack for share in batches.shares(size, replicas)):
            raise ValueError(
                f"The critic is shown packs of {pack} images, whole ones on each of {replicas} "
                f"replica(s). Received: a batch of {size} images. Expected a multiple of "
                f"{pack * replicas}, as batch_size and for the last batch of an epoch."
            )

    def _fits(self, size: int) -> bool:
        self._check_packs(int(size), self._replicas)
        fits = self._is_enough(int(size))
        if fits:
            self._begun = True
        else:
            self._left_out.append(int(size))
            if not self._begun and len(self._left_out) == MANY:
                self._check_some_is_enough(self._left_out)
        return fits

    def _check_some_is_enough(self, sizes: list[int]) -> None:
        if any(map(self._is_enough, sizes)):
            return
        if self._n_critic == 1:
            raise ValueError(f"{self._needs} Received: {self._too_small(max(sizes))}.")
        least = self._n_critic * self._replicas * self._least
        raise ValueError(
            f"Each of the n_critic updates on each replica needs {self._least} image(s) of its "
            f"own. Received: {max(sizes)} images. Expected at least {least}."
        )

    def _too_small(self, size: int) -> str:
        updates = f" and {self._n_critic} updates" if self._n_critic > 1 else ""
        return f"a batch size of {size} for {self._replicas} replica(s){updates}"

    def _check_dataset(self, dataset: tf.data.Dataset, y: Any) -> None:
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
        targets = self._gan.targets
        inputs.check_condition_is_there(self._gan, labels, targets, "a dataset of images alone")
        if images.shape.rank is not None:
            checks.check_shape(tuple(images.shape), self._gan.image_shape)
        if labels is not None:
            targets.check_spec(labels.shape)

    def _check_in_pipeline(self, failure: order.Failure) -> Any:
        looked = False

        def check(images: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
            nonlocal looked
            labels = inputs.checked(self._gan, images, labels, self._gan.targets)[1]
            if not looked:
                looked, self._unscaled = True, self._gan.kind.looks_unscaled(images)
            return np.bool_(True) if labels is None else labels

        guarded = failure.guard(check)

        def passed(*batch: tf.Tensor) -> Any:
            images, condition = inputs.as_pair(batch)
            told = bool(self._gan.targets) and condition is not None
            kind = self._gan.targets if told else conditions.Nothing()
            spec = kind.checked_spec(condition.dtype if told else None)
            given = [images, condition] if told else [images]
            condition = tf.ensure_shape(tf.numpy_function(guarded, given, spec.dtype), spec.shape)
            with tf.control_dependencies([condition]):
                images = tf.ensure_shape(images, (None, *self._gan.image_shape))
            return (images, condition) if told else images

        return passed


def _has_batch_norm(gan: keras.Model, names: Sequence[str]) -> bool:
    layers = [layer for name in names for layer in getattr(gan, name)._flatten_layers()]
    return any(isinstance(layer, keras.layers.BatchNormalization) for layer in layers)


def one_batch(
    gan: keras.Model, x: Any, y: Any, n_critic: int = 1, training: bool = False
) -> tuple[np.ndarray, np.ndarray | None]:
    """Images and condition of a single step, checked as those of `fit` or `evaluate` are.

    Raises:
        ValueError: for what the model cannot train on.
    """
    images, condition = inputs.checked(gan, x, y, gan.targets)
    pipeline = Pipeline(gan, images, condition, len(images), n_critic=n_critic, training=training)
    pipeline.warn()
    return images, condition


class _Watch(keras.callbacks.Callback):
    """Keeps the order in step with the epochs, and stops a run that has diverged."""

    def __init__(self, pipeline: Pipeline, lenient: bool):
        super().__init__()
        self._pipeline = pipeline
        self._lenient = lenient
        self._epoch = 0
        self._steps = 0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._epoch = epoch
        self._steps = 0
        self._pipeline.begin(epoch)
        self.model.before_epoch()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self._steps += 1
        self._pipeline.warn()
        if not self._lenient:
            check_finite(logs, f"in step {batch + 1} of epoch {self._epoch + 1}")

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if not self._steps:
            self._pipeline.check_not_empty()
        self._pipeline.warn()
