"""A GPU where there is none: see pretended_gpu.cpp. Everything here comes before torch is imported."""

import ctypes
import importlib.machinery
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).with_name("pretended_gpu.cpp")


def torch_folder() -> Path:
    """Where torch is installed."""
    spec = importlib.machinery.PathFinder.find_spec("torch")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent


def compiler() -> str | None:
    """The compiler, where there is one."""
    return shutil.which("g++")


def compiled(folder: Path) -> Path:
    """The device as a library, in a folder."""
    torch = torch_folder()
    library = folder / "pretended_gpu.so"
    includes = [f"-I{torch / 'include'}", f"-I{torch / 'include/torch/csrc/api/include'}"]
    libraries = [f"-L{torch / 'lib'}", "-ltorch_cpu", "-lc10"]
    command = ["g++", "-O1", "-fPIC", "-shared", "-std=c++20", "-w", *includes, str(SOURCE)]
    subprocess.run([*command, "-o", str(library), *libraries], check=True)
    return library


def pretend(library: Path) -> ctypes.CDLL:
    """Loads the device and imports torch, which finds a GPU then."""
    for name in ("libc10.so", "libtorch_cpu.so"):
        ctypes.CDLL(str(torch_folder() / "lib" / name), mode=ctypes.RTLD_GLOBAL)
    device = ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    device.gpu_limit.argtypes = [ctypes.c_long]
    for function in (device.gpu_allocated, device.gpu_peak):
        function.restype = ctypes.c_long
    import torch

    cuda: Any = torch.cuda
    total = 2**33

    def initialise() -> None:
        cuda._initialized = True

    cuda._lazy_init = initialise
    cuda.is_available = lambda: True
    cuda.device_count = lambda: 1
    cuda.current_device = lambda: 0
    # each its own function: torch.compile knows functions by what they are
    cuda.set_device = lambda *_: None
    cuda.synchronize = lambda *_: None
    cuda.empty_cache = lambda *_: None
    cuda.manual_seed_all = lambda *_: None
    cuda.get_rng_state = lambda *_: torch.empty(0, dtype=torch.uint8)
    cuda.set_rng_state = lambda *_: None
    cuda.memory_allocated = lambda *_: device.gpu_allocated()
    cuda.memory_reserved = lambda *_: device.gpu_allocated()
    cuda.mem_get_info = lambda *_: (total - device.gpu_allocated(), total)
    cuda.is_bf16_supported = lambda *_: True
    cuda.get_device_name = lambda *_: "a pretended GPU"
    os.environ["CUDA_VISIBLE_DEVICES"] = "0"
    return device
