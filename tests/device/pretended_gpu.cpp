// A GPU for a torch that was built without CUDA, pretended: tensors of the device "cuda" lie in plain
// memory, and every operator runs on the CPU over copies of them. What a GPU refuses is refused here:
// tensors of two devices in one operator, generators of the CPU, matrix products of whole numbers,
// CUDA in a forked process. Its generators draw other numbers than the CPU's, and new memory is NaN.
// Loaded before torch is imported, as torch asks once whether there is CUDA (pretend.py).
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/EmptyTensor.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/native/transformers/attention.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/unfold_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <set>
#include <string>

using at::Tensor;
using c10::Device;
using c10::DeviceIndex;
using c10::DeviceType;
using c10::Stream;
using Sizes = c10::IntArrayRef;

static const Device gpu(DeviceType::CUDA, 0);
static const auto gpu_keys = c10::DispatchKeySet(c10::DispatchKey::CUDA);
static std::atomic<long> allocated{0}, peak{0}, limit{0};
static std::atomic<int> owner{0};  // the process that used the device first

static void used_here() {
  int nobody = 0;
  const int me = getpid();
  TORCH_CHECK(owner.compare_exchange_strong(nobody, me) || nobody == me,
              "Cannot re-initialize CUDA in forked subprocess");
}

extern "C" {
long gpu_allocated() { return allocated; }
long gpu_peak() { return peak; }
void gpu_limit(long bytes) { limit = bytes; }
}

// Memory.

struct Block {
  void* start;
  long bytes;
};

static void give_back(void* context) {
  auto* block = static_cast<Block*>(context);
  allocated -= block->bytes;
  free(block->start);
  delete block;
}

struct Memory final : c10::Allocator {
  at::DataPtr allocate(size_t n) override {
    used_here();
    const long now = allocated += n;
    if (limit && now > limit) {
      allocated -= n;
      TORCH_CHECK_WITH(OutOfMemoryError, false, "CUDA out of memory (pretended): ", n, " bytes");
    }
    peak = std::max(peak.load(), now);
    void* start = nullptr;
    TORCH_CHECK(!posix_memalign(&start, 64, n ? n : 1), "the host's memory is full");
    std::memset(start, 0xFF, n);
    return {start, new Block{start, (long)n}, &give_back, gpu};
  }
  at::DeleterFnPtr raw_deleter() const override { return nullptr; }
  void copy_data(void* to, const void* from, std::size_t n) const override {
    std::memcpy(to, from, n);
  }
};
static Memory memory;

// One device, one stream, and events that nobody waits for.

struct Guard final : c10::impl::DeviceGuardImplInterface {
  DeviceType type() const override { return DeviceType::CUDA; }
  Device exchangeDevice(Device) const override { return gpu; }
  Device getDevice() const override { return gpu; }
  void setDevice(Device) const override {}
  void uncheckedSetDevice(Device) const noexcept override {}
  Stream getStream(Device) const override { return Stream(Stream::DEFAULT, gpu); }
  Stream getDefaultStream(Device) const override { return Stream(Stream::DEFAULT, gpu); }
  Stream getNewStream(Device, int) const override { return Stream(Stream::DEFAULT, gpu); }
  Stream exchangeStream(Stream) const override { return Stream(Stream::DEFAULT, gpu); }
  DeviceIndex deviceCount() const noexcept override { return 1; }
  void record(void**, const Stream&, const DeviceIndex, const c10::EventFlag) const override {}
  void block(void*, const Stream&) const override {}
  bool queryEvent(void*) const override { return true; }
  bool queryStream(const Stream&) const override { return true; }
  void synchronizeStream(const Stream&) const override {}
  void synchronizeEvent(void*) const override {}
  void synchronizeDevice(const DeviceIndex) const override {}
};
C10_REGISTER_GUARD_IMPL(CUDA, Guard)

struct Numbers final : at::CPUGeneratorImpl {
  Numbers() {
    be(gpu, gpu_keys);
    set_current_seed(0);
  }
  void set_current_seed(uint64_t seed) override {
    told = seed;
    at::CPUGeneratorImpl::set_current_seed(seed ^ 0x5DEECE66DULL);
  }
  uint64_t current_seed() const override { return told; }
  void be(Device device, c10::DispatchKeySet keys) {
    device_ = device;
    key_set_ = keys;
  }
  uint64_t told = 0;
};

static const at::Generator& usual_numbers() {
  static const auto* one = new at::Generator(at::make_generator<Numbers>());
  return *one;
}

namespace at {
struct Hooks final : CUDAHooksInterface {
  explicit Hooks(CUDAHooksArgs) {}
  void init() const override {}
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasCUDA() const override { return true; }
  bool hasPrimaryContext(DeviceIndex) const override { return owner != 0; }
  DeviceIndex deviceCount() const override { return 1; }
  int getNumGPUs() const override { return 1; }
  DeviceIndex current_device() const override { return 0; }
  DeviceIndex getCurrentDevice() const override { return 0; }
  void setCurrentDevice(DeviceIndex) const override {}
  DeviceIndex exchangeDevice(DeviceIndex) const override { return 0; }
  DeviceIndex maybeExchangeDevice(DeviceIndex) const override { return 0; }
  const Generator& getDefaultGenerator(DeviceIndex) const override { return usual_numbers(); }
  Generator getNewGenerator(DeviceIndex) const override { return make_generator<Numbers>(); }
  Allocator* getCUDADeviceAllocator() const override { return &memory; }
  void deviceSynchronize(DeviceIndex) const override {}
};
C10_REGISTER_TYPED_CLASS(CUDAHooksRegistry, "CUDAHooks", Hooks)
}  // namespace at

// Operators that are about memory.

static at::ScalarType dtype_of(std::optional<at::ScalarType> dtype) {
  return dtype.value_or(at::typeMetaToScalarType(at::get_default_dtype()));
}

static Tensor empty(Sizes size, std::optional<at::ScalarType> dtype, std::optional<at::Layout>,
                    std::optional<Device>, std::optional<bool>,
                    std::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(size, &memory, gpu_keys, dtype_of(dtype), format);
}

static Tensor empty_strided(Sizes size, Sizes stride, std::optional<at::ScalarType> dtype,
                            std::optional<at::Layout>, std::optional<Device>,
                            std::optional<bool>) {
  return at::detail::empty_strided_generic(size, stride, &memory, gpu_keys, dtype_of(dtype));
}

// A tensor of the CPU over the same memory.
static Tensor on_cpu(const Tensor& tensor) {
  if (!tensor.is_cuda()) return tensor;
  auto storage = tensor.storage();
  auto* start = static_cast<char*>(storage.mutable_data());
  start += tensor.storage_offset() * tensor.element_size();
  const auto options = at::TensorOptions().dtype(tensor.dtype()).device(at::kCPU);
  return at::from_blob(start, tensor.sizes(), tensor.strides(), [storage](void*) {}, options,
                       Device(at::kCPU));
}

static Tensor& copy_(Tensor& self, const Tensor& from, bool) {
  used_here();
  c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  on_cpu(self).copy_(on_cpu(from));
  return self;
}

static const Tensor& resize_(const Tensor& self, Sizes size, std::optional<at::MemoryFormat>) {
  const long needed = at::detail::computeStorageNbytesContiguous(size, self.element_size());
  auto* storage = self.storage().unsafeGetStorageImpl();
  if (needed > (long)storage->nbytes()) {
    storage->set_data_ptr_noswap(memory.allocate(needed));
    storage->set_nbytes(needed);
  }
  self.unsafeGetTensorImpl()->set_sizes_contiguous(size);
  return self;
}

static Tensor copy_from(const Tensor& from, const Tensor& to, bool) {
  Tensor written = to;
  copy_(written, from, false);
  return to;
}

static Tensor copy_from_and_resize(const Tensor& from, const Tensor& to) {
  if (to.sizes() != from.sizes()) resize_(to, from.sizes(), std::nullopt);
  return copy_from(from, to, false);
}

static at::Scalar local_scalar(const Tensor& self) {
  used_here();
  return on_cpu(self).item();
}

static Tensor& set_(Tensor& self, at::Storage storage, int64_t offset, Sizes size, Sizes stride) {
  auto* own = self.unsafeGetTensorImpl();
  own->set_storage_keep_dtype(std::move(storage));
  own->set_storage_offset(offset);
  own->set_sizes_and_strides(size, stride);
  return self;
}

static Tensor view(const Tensor& self, Sizes size) { return at::native::view(self, size); }

static Tensor as_strided(const Tensor& self, Sizes size, Sizes stride,
                         std::optional<int64_t> offset) {
  return at::native::as_strided_tensorimpl(self, size, stride, offset);
}

// All other operators.

static bool is_one_of(const std::string& name, const std::set<std::string>& names) {
  return names.count(name.substr(name.find("::") + 2)) > 0;
}

// Indices may lie on the CPU; tensors of no axis may, where nothing is written to them.
static const std::set<std::string> INDEXING{"index", "_unsafe_index", "index_put_", "index_put",
                                            "_index_put_impl_"};
static const std::set<std::string> OF_NO_WHOLE_NUMBERS{
    "mm", "addmm", "addmm_", "bmm", "baddbmm", "addbmm", "mv", "addmv", "dot"};

static void on_the_cpu(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  used_here();
  const auto& name = op.operator_name().name;
  const auto& arguments = op.schema().arguments();
  const size_t begin = stack->size() - arguments.size();
  bool on_gpu = false, elsewhere = false, whole = false;
  Numbers* numbers = nullptr;
  auto look = [&](const Tensor& tensor, bool strictly) {
    if (!tensor.defined()) return;
    on_gpu |= tensor.is_cuda();
    whole |= tensor.is_cuda() && at::isIntegralType(tensor.scalar_type(), true);
    elsewhere |= tensor.is_cpu() && (tensor.dim() > 0 || strictly);
  };
  for (size_t i = 0; i < arguments.size(); ++i) {
    auto& value = (*stack)[begin + i];
    const auto* alias = arguments[i].alias_info();
    const bool written = alias && alias->isWrite();
    const bool indices = is_one_of(name, INDEXING) && i == 1;
    if (value.isTensor()) look(value.toTensor(), written);
    if (value.isTensorList())
      for (const Tensor& tensor : value.toTensorVector()) look(tensor, true);
    if (value.isOptionalTensorList() && !indices)
      for (std::optional<Tensor> tensor : value.toOptionalTensorList())
        if (tensor) look(*tensor, written);
    if (value.isDevice()) on_gpu |= value.toDevice().is_cuda();
    if (arguments[i].type()->str().find("Generator") == std::string::npos) continue;
    if (!value.isGenerator()) value = c10::IValue(usual_numbers());
    TORCH_CHECK(value.toGenerator().device().is_cuda(),
                "Expected a 'cuda' device type for generator but found 'cpu' (", name, ")");
    numbers = static_cast<Numbers*>(value.toGenerator().unsafeGetGeneratorImpl());
  }
  TORCH_CHECK(!(on_gpu && elsewhere),
              "Expected all tensors to be on the same device, but found cuda:0 and cpu (", name, ")");
  TORCH_CHECK_NOT_IMPLEMENTED(!(whole && is_one_of(name, OF_NO_WHOLE_NUMBERS)), name,
                              " of whole numbers is not implemented for CUDA");
  if (numbers) numbers->be(Device(at::kCPU), c10::DispatchKeySet(c10::DispatchKey::CPU));
  at::native::cpu_fallback(op, stack);
  if (numbers) numbers->be(gpu, gpu_keys);
}

static auto fallback() { return torch::CppFunction::makeFromBoxedFunction<&on_the_cpu>(); }

TORCH_LIBRARY_IMPL(_, CUDA, m) { m.fallback(fallback()); }

TORCH_LIBRARY_IMPL(aten, CUDA, m) {
  m.impl("empty.memory_format", empty);
  m.impl("empty_strided", empty_strided);
  m.impl("copy_", copy_);
  m.impl("_copy_from", copy_from);
  m.impl("_copy_from_and_resize", copy_from_and_resize);
  m.impl("_local_scalar_dense", local_scalar);
  m.impl("resize_", resize_);
  m.impl("set_.source_Storage_storage_offset", set_);
  m.impl("view", view);
  m.impl("as_strided", as_strided);
  m.impl("unfold", at::native::unfold);
  m.impl("_reshape_alias", at::native::_reshape_alias);
  m.impl("_convolution", fallback());
  m.impl("convolution_backward", fallback());
}

namespace {
struct Start {
  Start() {
    c10::SetAllocator(DeviceType::CUDA, &memory, 100);
    at::native::_fused_sdp_choice_stub.set_cuda_dispatch_ptr(
        [](const Tensor&, const Tensor&, const Tensor&, const std::optional<Tensor>&, double,
           bool, std::optional<double>, bool) -> int64_t { return 0; });  // by plain products
  }
} start;
}  // namespace
