#include "capi/context.h"

#include <algorithm>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/cpu.h"
#include "base/nearest.h"
#include "capi/feature.h"
#include "capi/log.h"
#include "libvmaf/visq.h"
#include "report/maps.h"

namespace visq::capi {
namespace {

constexpr unsigned kMaxThreads = 1024;

// A client's callback takes maps, one after another.
class MapCallback final : public MapTaker {
 public:
  MapCallback(const Descriptor& metric, VmafMapCallback callback, void* user)
      : metric_(metric.name), callback_(callback), user_(user) {}

  Status take(unsigned frame, const Map& map) override {
    std::lock_guard lock(mutex_);
    values_.clear();
    for (int y = 0; y < map.values.height; ++y)
      values_.insert(values_.end(), map.values.row(y), map.values.row(y) + map.values.width);
    const std::string name(map.name);
    const VmafMap out{metric_.c_str(),
                      name.c_str(),
                      frame,
                      static_cast<unsigned>(map.values.width),
                      static_cast<unsigned>(map.values.height),
                      values_.data()};
    callback_(user_, &out);
    return {};
  }

 private:
  std::string metric_;
  VmafMapCallback callback_;
  void* user_;
  std::mutex mutex_;
  std::vector<float> values_;  // guarded by it
};

}  // namespace

Result<NamedMetric> metric_named(std::string_view name) {
  if (const NamedMetric named = find_named_metric(name); named.metric != nullptr) return named;
  std::vector<std::string_view> names;
  for (const Descriptor* d : all_metrics()) names.push_back(d->name);
  const std::string_view near = nearest(name, names);
  if (!near.empty())
    return fail(EINVAL, fmt::format("there is no metric \"{}\"; did you mean \"{}\"?", name, near),
                ErrorKind::usage);
  return fail(
      EINVAL,
      fmt::format("there is no metric \"{}\"; this build has {}", name, fmt::join(names, ", ")),
      ErrorKind::usage);
}

namespace {

void note_time(VmafContext& context) {
  const auto now = std::chrono::steady_clock::now();
  std::lock_guard lock(context.clock);
  if (!context.first_picture) context.first_picture = now;
  context.last_call = now;
}

void set_outcome(VmafComparison& comparison, const Status& status) {
  VmafContext& context = *comparison.vmaf;
  comparison.code = finish(status);
  std::lock_guard lock(context.clock);
  context.last_error = status ? "" : status.error().message;
  comparison.error = status ? nullptr : context.last_error.c_str();
}

void refuse(VmafComparison& comparison, int code, const char* sentence) {
  comparison.code = -code;
  comparison.error = sentence;
}

// At its end, also by an exception, the pictures are given up.
struct GivesUp {
  VmafPicture* ref;
  std::span<VmafComparison> comparisons;

  ~GivesUp() {
    release(ref);
    for (const VmafComparison& comparison : comparisons) release(comparison.distorted);
  }
};

struct Pictures {
  Result<PicturePtr> reference = nullptr;
  std::vector<Result<PicturePtr>> distorted;
};

Pictures take_pictures(VmafPicture* ref, std::span<VmafComparison> comparisons) {
  const GivesUp at_end{ref, comparisons};  // of one struct that is given twice both are taken
  Pictures pictures;
  if (ref != nullptr) pictures.reference = picture_of(ref);
  for (const VmafComparison& comparison : comparisons)
    pictures.distorted.push_back(picture_of(comparison.distorted));
  return pictures;
}

// `ref` may be nullptr. Pictures are given up whatever happens.
std::vector<Status> read_together(VmafPicture* ref, std::span<VmafComparison> comparisons,
                                  unsigned index) {
  Pictures pictures = take_pictures(ref, comparisons);
  std::vector<Status> outcomes(comparisons.size());
  std::vector<Engine::Clip> clips;
  std::vector<std::size_t> read;
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    auto& distorted = pictures.distorted[i];
    if (!pictures.reference)
      outcomes[i] = tl::unexpected<Error>(pictures.reference.error());
    else if (!distorted)
      outcomes[i] = tl::unexpected<Error>(distorted.error());
    else {
      note_time(*comparisons[i].vmaf);
      clips.push_back({&comparisons[i].vmaf->engine, *std::move(distorted)});
      read.push_back(i);
    }
  }
  Engine::push(pictures.reference.value_or(nullptr), clips, index);
  for (std::size_t i = 0; i < clips.size(); ++i) outcomes[read[i]] = std::move(clips[i].status);
  return outcomes;
}

bool is_usable(const VmafContext* context) {
  return context != nullptr && context->birthplace.is_here();
}

int read_one(VmafContext* context, VmafPicture* ref, VmafPicture* dist, unsigned index) {
  VmafComparison comparison{context, dist, 0, nullptr};
  const GivesUp at_end{ref, {&comparison, 1}};
  return guarded(*context, [&] { return finish(read_together(ref, {&comparison, 1}, index)[0]); });
}

// Each with what it needs, and no context twice.
bool complete(std::span<const VmafComparison> comparisons) {
  const auto works = [](const VmafComparison& c) {
    return c.vmaf != nullptr && c.distorted != nullptr;
  };
  if (comparisons.empty() || !std::all_of(comparisons.begin(), comparisons.end(), works))
    return false;
  for (std::size_t i = 1; i < comparisons.size(); ++i)
    if (std::any_of(comparisons.begin(), comparisons.begin() + static_cast<std::ptrdiff_t>(i),
                    [&](const auto& c) { return c.vmaf == comparisons[i].vmaf; }))
      return false;
  return true;
}

int end_clip(VmafContext& context) {
  const Status status = context.engine.flush();
  note_time(context);
  return finish(status);
}

}  // namespace
}  // namespace visq::capi

using namespace visq;
using namespace visq::capi;

extern "C" {

int vmaf_init(VmafContext** vmaf, VmafConfiguration cfg) {
  if (vmaf == nullptr) return report(EINVAL, "vmaf_init needs a place for the context");
  *vmaf = nullptr;
  return guarded([&] {
    if (cfg.n_threads > kMaxThreads)
      return report(EINVAL,
                    fmt::format("{} threads are too many: at most {}", cfg.n_threads, kMaxThreads));
    set_log_level(cfg.log_level);
    disable_cpu_targets(cfg.cpumask);
    *vmaf = new VmafContext({cfg.n_threads, cfg.n_subsample, make_log(), open_map_folder});
    return 0;
  });
}

int vmaf_close(VmafContext* vmaf) {
  if (vmaf == nullptr) return report(EINVAL, "vmaf_close needs a context");
  // In a child of fork it stays: nobody is left who could end what its threads were doing.
  if (vmaf->birthplace.is_here()) delete vmaf;
  return 0;
}

int vmaf_use_feature(VmafContext* vmaf, const char* feature_name,
                     VmafFeatureDictionary* opts_dict) {
  if (vmaf == nullptr || feature_name == nullptr)
    return report(EINVAL, "vmaf_use_feature needs a context and a name");
  return guarded(*vmaf, [&] {
    const auto named = metric_named(feature_name);
    if (!named) return report(named.error());
    OptionStrings options = take(opts_dict);
    if (const OptionInfo* option = named->option)
      if (const auto [at, is_new] = options.try_emplace(std::string(option->name), named->value);
          !is_new && at->second != named->value)
        return report(EINVAL,
                      fmt::format("metric {} is {} with {}={}, and {} was asked for", feature_name,
                                  named->metric->name, option->name, named->value, at->second));
    return finish(vmaf->engine.use(*named->metric, options));
  });
}

int vmaf_set_map_callback(VmafContext* vmaf, const char* metric, VmafMapCallback callback,
                          void* user) {
  if (vmaf == nullptr || metric == nullptr || callback == nullptr)
    return report(EINVAL, "vmaf_set_map_callback needs a context, a metric and a callback");
  return guarded(*vmaf, [&] {
    const auto found = metric_named(metric);
    if (!found) return report(found.error());
    return finish(vmaf->engine.take_maps(
        *found->metric, std::make_shared<MapCallback>(*found->metric, callback, user)));
  });
}

int vmaf_read_pictures(VmafContext* vmaf, VmafPicture* ref, VmafPicture* dist, unsigned index) {
  if (vmaf != nullptr && ref == nullptr && dist == nullptr)
    return guarded(*vmaf, [&] { return end_clip(*vmaf); });
  if (vmaf == nullptr || ref == nullptr || dist == nullptr) {
    release(ref);
    release(dist);
    return report(EINVAL,
                  "vmaf_read_pictures needs a context and two pictures, or none at the end");
  }
  return read_one(vmaf, ref, dist, index);
}

int vmaf_read_picture(VmafContext* vmaf, VmafPicture* dist, unsigned index) {
  if (vmaf == nullptr || dist == nullptr) {
    release(dist);
    return report(EINVAL, "vmaf_read_picture needs a context and a picture");
  }
  return read_one(vmaf, nullptr, dist, index);
}

int vmaf_read_pictures_together(VmafPicture* ref, VmafComparison* comparisons, size_t count,
                                unsigned index) {
  const std::span<VmafComparison> all(comparisons, comparisons == nullptr ? 0 : count);
  if (!complete(all)) {
    static constexpr const char* kSentence =
        "vmaf_read_pictures_together needs at least one comparison, and a context of its own and a "
        "distorted picture in each";
    const GivesUp at_end{ref, all};
    for (VmafComparison& comparison : all) refuse(comparison, EINVAL, kSentence);
    return report(EINVAL, kSentence);
  }
  if (!std::all_of(all.begin(), all.end(), [](const auto& c) { return is_usable(c.vmaf); })) {
    const GivesUp at_end{ref, all};
    for (VmafComparison& comparison : all) refuse(comparison, EINVAL, kFromParent);
    return report(EINVAL, kFromParent);
  }
  for (VmafComparison& comparison : all) refuse(comparison, ENOMEM, "out of memory");
  return guarded([&] {
    const std::vector<Status> outcomes = read_together(ref, all, index);
    for (std::size_t i = 0; i < all.size(); ++i) set_outcome(all[i], outcomes[i]);
    const auto failed =
        std::find_if(all.begin(), all.end(), [](const VmafComparison& c) { return c.code != 0; });
    return failed == all.end() ? 0 : failed->code;
  });
}

int vmaf_set_memory_limit(VmafContext* vmaf, uint64_t bytes) {
  if (vmaf == nullptr) return report(EINVAL, "vmaf_set_memory_limit needs a context");
  return guarded(*vmaf, [&] { return finish(vmaf->engine.limit_memory(bytes)); });
}

int vmaf_set_frame_range(VmafContext* vmaf, VmafFrameRange range) {
  if (vmaf == nullptr) return report(EINVAL, "vmaf_set_frame_range needs a context");
  return guarded(*vmaf,
                 [&] { return finish(vmaf->engine.count_frames({range.first, range.last})); });
}

int vmaf_frames_around(VmafContext* vmaf, unsigned* before, unsigned* after) {
  if (vmaf == nullptr || before == nullptr || after == nullptr)
    return report(EINVAL, "vmaf_frames_around needs a context and places for two numbers");
  return guarded(*vmaf, [&] {
    const auto frames = vmaf->engine.neighbours();
    *before = frames.before;
    *after = frames.after;
    return 0;
  });
}

int vmaf_preallocate_pictures(VmafContext* vmaf, VmafPictureConfiguration cfg) {
  if (vmaf == nullptr) return report(EINVAL, "vmaf_preallocate_pictures needs a context");
  return guarded(*vmaf, [&] {
    const auto& p = cfg.pic_params;
    const auto format = checked_format(p.pix_fmt, p.bpc, p.w, p.h);
    if (!format) return report(format.error());
    if (cfg.pic_cnt == 0 || cfg.pic_cnt > 4096)
      return report(EINVAL, fmt::format("cannot preallocate {} pictures: 1 to 4096 are possible",
                                        cfg.pic_cnt));
    if (vmaf->pictures != nullptr)
      return report(EINVAL, "this context has preallocated pictures already");
    auto pool = std::make_shared<PicturePool>(
        *format, PicturePool::Kind{ChromaRounding::down, Planes::all}, cfg.pic_cnt);
    if (const Status filled = pool->fill(); !filled) return report(filled.error());
    vmaf->pictures = std::move(pool);
    return 0;
  });
}

int vmaf_fetch_preallocated_picture(VmafContext* vmaf, VmafPicture* pic) {
  if (vmaf == nullptr || pic == nullptr || vmaf->pictures == nullptr)
    return report(EINVAL, "a picture is fetched from a context after vmaf_preallocate_pictures");
  return guarded(
      *vmaf, [&] { return hand_out(pic, vmaf->pictures->fetch(2 * vmaf->engine.frames_kept())); });
}

int vmaf_needs_chroma(VmafContext* vmaf) {
  if (vmaf == nullptr) return report(EINVAL, "vmaf_needs_chroma needs a context");
  return vmaf->engine.planes() == Planes::all ? 1 : 0;
}

int vmaf_needs_distorted(VmafContext* vmaf) {
  if (vmaf == nullptr) return report(EINVAL, "vmaf_needs_distorted needs a context");
  return vmaf->engine.needs_distorted() ? 1 : 0;
}

int vmaf_needs_reference(VmafContext* vmaf, const char** name) {
  if (name != nullptr) *name = nullptr;
  if (vmaf == nullptr) return report(EINVAL, "vmaf_needs_reference needs a context");
  const Descriptor* metric = vmaf->engine.needs_reference();
  if (metric != nullptr && name != nullptr)
    *name = metric->name.data();  // of literals and of whole strings: terminated
  return metric != nullptr ? 1 : 0;
}

unsigned vmaf_frames_done(VmafContext* vmaf) {
  return is_usable(vmaf) ? vmaf->engine.frames_done() : 0;
}

unsigned vmaf_frames_final(VmafContext* vmaf) {
  return is_usable(vmaf) ? vmaf->engine.frames_final() : 0;
}

unsigned vmaf_frames_complete(VmafContext* vmaf) {
  return is_usable(vmaf) ? vmaf->engine.frames_complete() : 0;
}

int vmaf_run_beside(VmafContext* vmaf, void (*work)(void* user), void* user) {
  if (vmaf == nullptr || work == nullptr)
    return report(EINVAL, "vmaf_run_beside needs a context and work");
  return guarded([&] {
    vmaf->engine.run_beside([work, user] { work(user); });
    return 0;
  });
}

int vmaf_cancel(VmafContext* vmaf) {
  if (vmaf == nullptr) return report(EINVAL, "vmaf_cancel needs a context");
  return guarded(*vmaf, [&] {
    vmaf->engine.cancel();
    return 0;
  });
}

const char* vmaf_version(void) { return "visq-" VISQ_VERSION; }

}  // extern "C"
