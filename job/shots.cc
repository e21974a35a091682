#include "job/shots.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <ctime>
#include <deque>
#include <mutex>

#include <fmt/format.h>

#include "base/attempt.h"
#include "base/files.h"
#include "base/numbers.h"
#include "io/convert.h"
#include "job/store.h"
#include "visq/visq.hpp"

namespace visq::job {
namespace {

constexpr std::uint64_t kMaxListBytes = 16 << 20;
constexpr unsigned kLastFrame = (1u << 26) - 1;  // of the longest clip

// TransNet V2's window: of 100 frames the logits of 50 in the middle count.
constexpr std::size_t kWindow = 100, kKept = 50, kMargin = 25;
constexpr unsigned kWidth = 48, kHeight = 27;
constexpr std::size_t kSamples = std::size_t{3} * kWidth * kHeight;

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t from = 0;;) {
    const std::size_t comma = std::min(line.find(',', from), line.size());
    std::string_view field = line.substr(from, comma - from);
    while (!field.empty() && (field.front() == ' ' || field.front() == '"')) field.remove_prefix(1);
    while (!field.empty() && std::string_view(" \"\r").find(field.back()) != std::string_view::npos)
      field.remove_suffix(1);
    fields.push_back(field);
    if (comma == line.size()) return fields;
    from = comma + 1;
  }
}

tl::unexpected<Error> wrong_line(std::size_t number, std::string_view field) {
  return fail(EINVAL,
              fmt::format("line {}: \"{}\" is not the number of a first frame that is larger "
                          "than the one before it",
                          number, field.substr(0, 40)));
}

// The first frames that a text lists.
struct FirstFrames {
  std::vector<std::uint64_t> frames;
  std::size_t column = 0;
  bool of_pyscenedetect = false;  // which counts frames from 1, and in old versions from 0

  Status add(std::string_view line, std::size_t number) {
    const auto fields = fields_of(line);
    const auto head = std::find(fields.begin(), fields.end(), "Start Frame");
    if (head != fields.end()) {
      column = static_cast<std::size_t>(head - fields.begin());
      of_pyscenedetect = true;
      return {};
    }
    if (fields[0] == "Timecode List:" || (fields.size() == 1 && fields[0].empty())) return {};
    if (column >= fields.size()) return wrong_line(number, line);
    const auto frame = parse_number<std::uint64_t>(fields[column]);
    if (!frame || *frame > kLastFrame || (!frames.empty() && *frame <= frames.back()))
      return wrong_line(number, fields[column]);
    frames.push_back(*frame);
    return {};
  }
};

// From each of these to the next; what lies before the first is a shot as well.
Shots between(const std::vector<std::uint64_t>& firsts, std::uint64_t origin) {
  Shots shots;
  unsigned begin = 0;
  for (const std::uint64_t first : firsts) {
    if (first <= origin + begin) continue;
    const auto next = static_cast<unsigned>(first - origin);
    shots.push_back({begin, next - 1});
    begin = next;
  }
  shots.push_back({begin, kLastFrame});
  return shots;
}

Result<owned<VmafDnnSession>> open_network(const Job& job) {
  const bool int8 = job.tiny.quant == "int8";
  const std::string name = int8 ? "tiny/transnet_v2.int8.onnx" : "tiny/transnet_v2.onnx";
  const auto file = find_in_model_store(name);
  if (!file)
    return fail(
        ENOENT,
        fmt::format("{} needs TransNet V2, and the model store has no {}: run {}",
                    job.option("shots", "detect"), name,
                    int8 ? "ai/quantize.py on tiny/transnet_v2.onnx" : "./setup --with transnet"),
        ErrorKind::model);
  const VmafDnnConfig config{VMAF_DNN_DEVICE_CPU, 0, 1, false};
  VmafDnnSession* session = nullptr;
  if (const int code = vmaf_dnn_session_open(&session, file->c_str(), &config); code != 0)
    return fail(-code, vmaf_last_error(), ErrorKind::model);
  return owned<VmafDnnSession>(session);
}

// The logits of a window, one a frame.
Status run(VmafDnnSession* network, const std::vector<float>& frames,
           std::array<float, kWindow>& logits) {
  const std::int64_t shape[] = {1, kWindow, kHeight, kWidth, 3};
  const VmafDnnInput input{"frames", frames.data(), shape, std::size(shape)};
  VmafDnnOutput output{"single", logits.data(), logits.size(), 0};
  const int code = vmaf_dnn_session_run(network, &input, 1, &output, 1);
  if (code == 0) return {};
  return fail(-code, fmt::format("finding shots: {}", vmaf_last_error()), ErrorKind::model);
}

using Thumbnail = std::vector<unsigned char>;

class WindowDetector final : public ShotDetector {
 public:
  WindowDetector(owned<VmafDnnSession> network, std::unique_ptr<io::Thumbnails> thumbnails,
                 std::size_t most_waiting)
      : network_(std::move(network)),
        thumbnails_(std::move(thumbnails)),
        most_waiting_(most_waiting) {}

  ~WindowDetector() override {
    std::unique_lock lock(mutex_);
    given_up_ = true;
    ended_.wait(lock, [this] { return waiting_ == 0; });
  }

  Status add(VmafContext* context, const VmafPicture& picture) override {
    frames_.push_back(thumbnails_->of(picture).samples);
    ++count_;
    if (count_ < windows_ * kKept + kWindow - kMargin) return {};
    VISQ_TRY(submit(context));
    while (begin_ + kMargin < windows_ * kKept) {
      frames_.pop_front();
      ++begin_;
    }
    return {};
  }

  Result<Shots> finish(VmafContext* context) override {
    while (windows_ * kKept < count_) VISQ_TRY(submit(context));
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return waiting_ == 0; });
    VISQ_TRY(status_);
    logits_.resize(count_);
    return shots_of(logits_);
  }

 private:
  struct Window {
    WindowDetector* detector;
    std::size_t number;
    std::vector<float> frames;
  };

  // The first and the last frame stand for those that are missing.
  std::vector<float> window() const {
    std::vector<float> samples;
    samples.reserve(kWindow * kSamples);
    for (std::size_t i = 0; i < kWindow; ++i) {
      const std::size_t place = windows_ * kKept + i;  // with kMargin before the first
      const std::size_t frame =
          std::clamp<std::size_t>(place, begin_ + kMargin, count_ - 1 + kMargin) - kMargin;
      const Thumbnail& thumbnail = frames_[frame - begin_];
      samples.insert(samples.end(), thumbnail.begin(), thumbnail.end());
    }
    return samples;
  }

  Status submit(VmafContext* context) {
    {
      std::unique_lock lock(mutex_);
      ended_.wait(lock, [this] { return waiting_ < most_waiting_; });
      VISQ_TRY(status_);
      ++waiting_;
      logits_.resize((windows_ + 1) * kKept);
    }
    auto work = std::make_unique<Window>(Window{this, windows_, window()});
    ++windows_;
    const auto task = [](void* user) {
      const std::unique_ptr<Window> window(static_cast<Window*>(user));
      window->detector->run(*window);
    };
    Window* const handed = work.release();  // to the task
    if (const int code = vmaf_run_beside(context, task, handed); code != 0) {
      const std::unique_ptr<Window> back(handed);
      const std::lock_guard lock(mutex_);
      --waiting_;
      return fail(-code, vmaf_last_error());
    }
    return {};
  }

  void run(const Window& window) {
    std::array<float, kWindow> logits{};
    bool wanted = false;
    {
      const std::lock_guard lock(mutex_);
      wanted = !given_up_ && status_;
    }
    Status status;
    if (wanted) status = attempt([&] { return job::run(network_.get(), window.frames, logits); });
    const std::lock_guard lock(mutex_);
    if (!status) status_ = std::move(status);
    std::copy_n(logits.begin() + kMargin, kKept,
                logits_.begin() + static_cast<std::ptrdiff_t>(window.number * kKept));
    --waiting_;
    ended_.notify_all();
  }

  owned<VmafDnnSession> network_;
  std::unique_ptr<io::Thumbnails> thumbnails_;
  std::size_t most_waiting_;
  std::deque<Thumbnail> frames_;  // those that windows still to come need
  std::size_t begin_ = 0;         // the number of the first of them
  std::size_t count_ = 0, windows_ = 0;

  std::mutex mutex_;  // guards what follows
  std::condition_variable ended_;
  std::size_t waiting_ = 0;  // windows that are not finished
  std::vector<float> logits_;
  Status status_;
  bool given_up_ = false;
};

}  // namespace

Shots equal_shots(unsigned frames, std::uint64_t all_frames) {
  Shots shots;
  for (std::uint64_t first = 0; first < all_frames; first += frames)
    shots.push_back({static_cast<unsigned>(first),
                     static_cast<unsigned>(std::min(first + frames, all_frames) - 1)});
  return shots;
}

Result<double> detection_cost(const Job& job) {
  VISQ_ASSIGN(const auto network, open_network(job));
  const std::vector<float> black(kWindow * kSamples);
  std::array<float, kWindow> logits{};
  VISQ_TRY(run(network.get(), black, logits));  // the first run also makes what all use
  const std::clock_t start = std::clock();      // of processors: others may be busy
  VISQ_TRY(run(network.get(), black, logits));
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / kKept;
}

Result<Shots> listed_shots(const Job& job) {
  if (job.shots.mode != CutInto::listed) return Shots();
  const std::string option = job.option("shots", job.shots.file);
  const auto text = read_file(job.shots.file, kMaxListBytes);
  if (!text)
    return fail(text.error().code, fmt::format("{}: {}", option, text.error().message),
                ErrorKind::usage);
  auto shots = parse_shots(*text, job.skip_reference + job.synchrony.reference);
  if (!shots)
    return fail(EINVAL, fmt::format("{}: {}", option, shots.error().message), ErrorKind::usage);
  return shots;
}

Result<Shots> parse_shots(std::string_view csv, std::uint64_t skipped) {
  FirstFrames list;
  for (std::size_t from = 0, number = 1; from < csv.size(); ++number) {
    const std::size_t end = std::min(csv.find('\n', from), csv.size());
    VISQ_TRY(list.add(csv.substr(from, end - from), number));
    from = end + 1;
  }
  if (list.frames.empty()) return fail(EINVAL, "it lists no first frame of a shot");
  const bool from_one = list.of_pyscenedetect && list.frames.front() > 0;
  return between(list.frames, skipped + (from_one ? 1 : 0));
}

Shots shots_of(std::span<const float> logits) {
  Shots shots;
  unsigned begin = 0;
  const auto count = static_cast<unsigned>(logits.size());
  for (unsigned t = 1; t < count; ++t) {
    const bool before = logits[t - 1] > 0, now = logits[t] > 0;
    if (before && !now) begin = t;
    if (!before && now) shots.push_back({begin, t});
  }
  if (count > 0 && !(logits[count - 1] > 0)) shots.push_back({begin, count - 1});
  if (shots.empty() && count > 0) shots.push_back({0, count - 1});
  return shots;
}

Result<std::unique_ptr<ShotDetector>> ShotDetector::open(const Job& job,
                                                         const io::StreamInfo& info) {
  VISQ_ASSIGN(auto network, open_network(job));
  VISQ_ASSIGN(auto thumbnails, io::open_thumbnails(info, kWidth, kHeight));
  return std::make_unique<WindowDetector>(std::move(network), std::move(thumbnails),
                                          1 + job.thread_count());
}

}  // namespace visq::job
