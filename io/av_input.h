// What libav reads of a file or of a source: its bytes, through us. libav opens nothing itself, and
// asks before it opens what the file names.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"
#include "io/byte_source.h"
#include "io/input_file.h"
#include "io/reader.h"

extern "C" {
#include <libavformat/avformat.h>
}

namespace visq::io {

class AvInput {
 public:
  // `source`: read from its place on, without seeking; null: the file.
  static Result<std::unique_ptr<AvInput>> open(const std::string& path,
                                               std::unique_ptr<ByteSource> source,
                                               const Access& access);
  ~AvInput();
  AvInput(const AvInput&) = delete;
  AvInput& operator=(const AvInput&) = delete;

  // The container, which does not outlive this; null, with libav's code, where there is none.
  // Formats that read further files, and those that nobody needs, are an error of ours.
  Result<AVFormatContext*> open_container(int& code);

  // What is wrong with a file that the content names; "": nothing yet.
  const std::string& refused() const { return refused_; }

  bool stopped() const { return access_.stop.stop_requested(); }

 private:
  AvInput(const std::string& path, const Access& access);
  Status check_format(const AVInputFormat& format);
  void prepare(AVFormatContext& container);
  Result<AVIOContext*> open_named(const std::string& url);

  static int is_stopped(void* self);
  static int open_named(AVFormatContext* container, AVIOContext** io, const char* url, int flags,
                        AVDictionary** options);

  std::string path_, name_;  // name_: for libav, whose patterns and protocols it cannot be
  Access access_;
  std::unique_ptr<ByteSource> source_;
  std::optional<InputFile> file_;  // where there is no source
  AVIOContext* io_ = nullptr;
  bool playlist_ = false, image_ = false;  // image_: its one file was not asked for yet
  std::string refused_;
};

}  // namespace visq::io
