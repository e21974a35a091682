// Where the library's sentences go. Nothing in src/ prints; the C API supplies the sink.
#pragma once

#include <functional>
#include <string_view>
#include <utility>

namespace visq {

enum class LogLevel { none, error, warning, info, debug };

class Log {
 public:
  using Sink = std::function<void(LogLevel, std::string_view)>;

  Log() = default;
  Log(LogLevel level, Sink sink) : level_(level), sink_(std::move(sink)) {}

  void write(LogLevel level, std::string_view sentence) const {
    if (sink_ && level <= level_) sink_(level, sentence);
  }
  void error(std::string_view sentence) const { write(LogLevel::error, sentence); }
  void warning(std::string_view sentence) const { write(LogLevel::warning, sentence); }
  void info(std::string_view sentence) const { write(LogLevel::info, sentence); }

 private:
  LogLevel level_ = LogLevel::none;
  Sink sink_;
};

}  // namespace visq
