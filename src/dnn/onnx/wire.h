// Protobuf messages, field by field, as the wire has them.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "base/result.h"

namespace visq {

// One field of a message: a number (the bits of one, where it is fixed), or bytes (a string, a
// message, packed numbers).
struct WireField {
  int number;
  std::uint64_t value;
  std::string_view bytes;
  bool is_bytes;
};

inline Error damaged_message() {
  return {EBADMSG, "it is not an ONNX model: its protobuf structure is damaged"};
}

inline bool read_bytes(google::protobuf::io::CodedInputStream& in, std::string_view message,
                       WireField& field) {
  std::uint32_t length = 0;
  if (!in.ReadVarint32(&length)) return false;
  const auto at = static_cast<std::size_t>(in.CurrentPosition());
  if (length > message.size() - at || !in.Skip(static_cast<int>(length))) return false;
  field.bytes = message.substr(at, length);
  field.is_bytes = true;
  return true;
}

inline bool read_fixed32(google::protobuf::io::CodedInputStream& in, WireField& field) {
  std::uint32_t bits = 0;
  if (!in.ReadLittleEndian32(&bits)) return false;
  field.value = bits;
  return true;
}

// Calls f(field) -> Status for every field of a message.
template <typename F>
Status for_each_field(std::string_view message, F&& f) {
  using google::protobuf::internal::WireFormatLite;
  if (message.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    return tl::unexpected<Error>(damaged_message());
  const auto* data = reinterpret_cast<const std::uint8_t*>(message.data());
  google::protobuf::io::CodedInputStream in(data, static_cast<int>(message.size()));
  for (;;) {
    const auto tag = in.ReadTag();
    if (tag == 0) {
      if (in.ConsumedEntireMessage() && in.CurrentPosition() == static_cast<int>(message.size()))
        return {};
      return tl::unexpected<Error>(damaged_message());
    }
    WireField field{WireFormatLite::GetTagFieldNumber(tag), 0, {}, false};
    bool read = true;
    switch (WireFormatLite::GetTagWireType(tag)) {
      case WireFormatLite::WIRETYPE_VARINT:
        read = in.ReadVarint64(&field.value);
        break;
      case WireFormatLite::WIRETYPE_LENGTH_DELIMITED:
        read = read_bytes(in, message, field);
        break;
      case WireFormatLite::WIRETYPE_FIXED32:
        read = read_fixed32(in, field);
        break;
      case WireFormatLite::WIRETYPE_FIXED64:
        read = in.ReadLittleEndian64(&field.value);
        break;
      default:
        read = false;
    }
    if (!read) return tl::unexpected<Error>(damaged_message());
    VISQ_TRY(f(field));
  }
}

}  // namespace visq
