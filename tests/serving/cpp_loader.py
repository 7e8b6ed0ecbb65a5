"""A SavedModel run by TensorFlow's C++ loader, as TensorFlow Serving runs it.

Nothing of Python's `tf.saved_model.load` takes part: the session comes from
`TF_LoadSessionFromSavedModel`, and is fed and read by the tensor names of the signatures.
"""

import ctypes
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2

_LIBRARY = next(Path(tf.__file__).parent.glob("libtensorflow_cc.so*"))
_STRING_BYTES = 24  # of a TF_TString


class ServingError(Exception):
    """What a server would answer: a code (3 is INVALID_ARGUMENT) and a message."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Session:
    """The signatures of a SavedModel with the tag `serve`."""

    def __init__(self, path):
        self._c = _library()
        status, graph = self._c.TF_NewStatus(), self._c.TF_NewGraph()
        options, meta_graph = self._c.TF_NewSessionOptions(), self._c.TF_NewBuffer()
        tags = (ctypes.c_char_p * 1)(b"serve")
        self._session = self._c.TF_LoadSessionFromSavedModel(
            options, None, str(path).encode(), tags, 1, graph, meta_graph, status
        )
        self._graph = graph
        self._raise(status)
        text = ctypes.string_at(meta_graph.contents.data, meta_graph.contents.length)
        found = meta_graph_pb2.MetaGraphDef.FromString(text).signature_def
        self.signatures = {name: s for name, s in found.items() if not name.startswith("__")}

    def run(self, signature, inputs):
        """Arrays by the public names of the outputs."""
        definition = self.signatures[signature]
        assert inputs.keys() == definition.inputs.keys()
        names = [definition.inputs[name].name for name in inputs]
        fed = [self._tensor(np.asarray(value)) for value in inputs.values()]
        wanted = [info.name for info in definition.outputs.values()]
        made = (ctypes.c_void_p * len(wanted))()
        status = self._c.TF_NewStatus()
        self._c.TF_SessionRun(
            *(self._session, None),
            *(self._places(names), (ctypes.c_void_p * len(fed))(*fed), len(fed)),
            *(self._places(wanted), made, len(wanted)),
            *(None, 0, None, status),
        )
        self._raise(status)
        arrays = [self._array(tensor) for tensor in made]
        for tensor in (*fed, *made):
            self._c.TF_DeleteTensor(tensor)
        return dict(zip(definition.outputs, arrays, strict=True))

    def _places(self, names):
        places = (_Output * len(names))()
        for place, name in zip(places, names, strict=True):
            operation, index = name.split(":")
            place.operation = self._c.TF_GraphOperationByName(self._graph, operation.encode())
            place.index = int(index)
            assert place.operation, f"there is no {name} in the graph"
        return places

    def _tensor(self, array):
        shape = (ctypes.c_int64 * array.ndim)(*array.shape)
        strings = array.dtype.kind in "OS"
        dtype = tf.string if strings else tf.as_dtype(array.dtype)
        size = array.size * _STRING_BYTES if strings else array.nbytes
        tensor = self._c.TF_AllocateTensor(dtype.as_datatype_enum, shape, array.ndim, size)
        data = self._c.TF_TensorData(tensor)
        if strings:
            for k, text in enumerate(array.ravel().tolist()):
                self._c.TF_StringInit(data + k * _STRING_BYTES)
                self._c.TF_StringCopy(data + k * _STRING_BYTES, text, len(text))
        else:
            ctypes.memmove(data, np.ascontiguousarray(array).ctypes.data, size)
        return tensor

    def _array(self, tensor):
        rank = self._c.TF_NumDims(tensor)
        shape = [self._c.TF_Dim(tensor, k) for k in range(rank)]
        dtype = tf.as_dtype(self._c.TF_TensorType(tensor))
        data = self._c.TF_TensorData(tensor)
        if dtype != tf.string:
            text = ctypes.string_at(data, self._c.TF_TensorByteSize(tensor))
            return np.frombuffer(text, dtype.as_numpy_dtype).reshape(shape)
        strings = np.empty(int(np.prod(shape)), object)
        for k in range(strings.size):
            at = data + k * _STRING_BYTES
            length = self._c.TF_StringGetSize(at)
            strings[k] = ctypes.string_at(self._c.TF_StringGetDataPointer(at), length)
        return strings.reshape(shape)

    def _raise(self, status):
        code, message = self._c.TF_GetCode(status), self._c.TF_Message(status).decode()
        self._c.TF_DeleteStatus(status)
        if code:
            raise ServingError(code, message)


class _Output(ctypes.Structure):
    _fields_ = (("operation", ctypes.c_void_p), ("index", ctypes.c_int))


class _Buffer(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("length", ctypes.c_size_t),
        ("deallocator", ctypes.c_void_p),
    )


def _library():
    """The C interface of the TensorFlow that is installed, with the types of what is used here."""
    library = ctypes.CDLL(str(_LIBRARY))
    pointer, number, size = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t
    functions = {
        "TF_NewStatus": (pointer, []),
        "TF_DeleteStatus": (None, [pointer]),
        "TF_GetCode": (number, [pointer]),
        "TF_Message": (ctypes.c_char_p, [pointer]),
        "TF_NewGraph": (pointer, []),
        "TF_NewSessionOptions": (pointer, []),
        "TF_NewBuffer": (ctypes.POINTER(_Buffer), []),
        "TF_LoadSessionFromSavedModel": (
            pointer,
            [pointer, pointer, ctypes.c_char_p, pointer, number, pointer, pointer, pointer],
        ),
        "TF_GraphOperationByName": (pointer, [pointer, ctypes.c_char_p]),
        "TF_SessionRun": (
            None,
            [pointer] * 2 + [pointer, pointer, number] * 2 + [pointer, number, pointer, pointer],
        ),
        "TF_AllocateTensor": (pointer, [number, pointer, number, size]),
        "TF_DeleteTensor": (None, [pointer]),
        "TF_TensorData": (pointer, [pointer]),
        "TF_TensorByteSize": (size, [pointer]),
        "TF_TensorType": (number, [pointer]),
        "TF_NumDims": (number, [pointer]),
        "TF_Dim": (ctypes.c_int64, [pointer, number]),
        "TF_StringInit": (None, [pointer]),
        "TF_StringCopy": (None, [pointer, ctypes.c_char_p, size]),
        "TF_StringGetSize": (size, [pointer]),
        "TF_StringGetDataPointer": (pointer, [pointer]),
    }
    for name, (result, arguments) in functions.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
