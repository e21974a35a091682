#include "dnn/onnx/model.h"

#include <climits>

#include <fmt/format.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <onnx/onnx.pb.h>

namespace visq {
namespace {

using google::protobuf::Arena;

// Two bytes of a file can become a message of 250: a file of the largest size could fill a machine.
constexpr std::uint64_t kMaxStructureBytes = 256 << 20;
constexpr int kBlock = 1 << 16;

// The bytes, a block at a time, for as long as what was made of them is of bearable size.
class BoundedInput final : public google::protobuf::io::ZeroCopyInputStream {
 public:
  BoundedInput(std::string_view bytes, const Arena& made)
      : bytes_(bytes.data(), static_cast<int>(bytes.size()), kBlock), made_(made) {}

  bool is_too_large() const { return made_.SpaceAllocated() > kMaxStructureBytes; }

  bool Next(const void** data, int* size) override {
    return !is_too_large() && bytes_.Next(data, size);
  }
  void BackUp(int count) override { bytes_.BackUp(count); }
  bool Skip(int count) override { return bytes_.Skip(count); }
  std::int64_t ByteCount() const override { return bytes_.ByteCount(); }

 private:
  google::protobuf::io::ArrayInputStream bytes_;
  const Arena& made_;
};

}  // namespace

Result<OnnxModel> parse_onnx(std::string_view bytes) {
  const auto arena = std::make_shared<Arena>();
  auto* const model = Arena::CreateMessage<onnx::ModelProto>(arena.get());
  BoundedInput input(bytes.substr(0, INT_MAX), *arena);
  const bool whole = model->ParseFromZeroCopyStream(&input);
  if (input.is_too_large())
    return fail(E2BIG, fmt::format("its structure needs more than {} bytes", kMaxStructureBytes));
  if (!whole || bytes.size() > INT_MAX)
    return fail(EBADMSG, "it is not an ONNX model: its protobuf structure is damaged");
  if (!model->has_graph()) return fail(EBADMSG, "it is not an ONNX model: it has no graph");
  return OnnxModel(arena, model);
}

}  // namespace visq
