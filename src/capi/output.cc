#include <fmt/format.h>

#include "capi/context.h"
#include "capi/log.h"
#include "collect/pool.h"
#include "libvmaf/visq.h"
#include "report/report.h"

namespace visq::capi {
namespace {

double frames_per_second(VmafContext& context) {
  std::lock_guard lock(context.clock);
  if (!context.first_picture) return 0;
  const std::chrono::duration<double> elapsed = context.last_call - *context.first_picture;
  return elapsed.count() > 0 ? context.engine.frames_done() / elapsed.count() : 0;
}

ReportInput report_input(VmafContext& context) {
  const PictureFormat format = context.engine.format();
  return {vmaf_version(), format.width, format.height, frames_per_second(context), context.engine.table(),
          context.engine.config().subsample, context.output_digits};
}

Status write(VmafContext& context, const char* path, VmafOutputFormat format) {
  if (format <= VMAF_OUTPUT_FORMAT_NONE || format > VMAF_OUTPUT_FORMAT_SUB)
    return fail(EINVAL, fmt::format("there is no output format {}", static_cast<int>(format)));
  return write_report(report_input(context), static_cast<ReportFormat>(format), path);
}

void pool_column(const VmafContext& context, const ScoreTable::Named& column,
                 void (*callback)(void*, const VmafPooledScore*), void* user) {
  const ReportColumnStatistics s = column_statistics(context.engine.table(), column.id, context.engine.config().subsample);
  const VmafPooledScore score{column.printed.c_str(), s.min, s.max, s.mean, s.harmonic_mean};
  callback(user, &score);
}

}  // namespace
}  // namespace visq::capi

using namespace visq;
using namespace visq::capi;

extern "C" {

int vmaf_write_output(VmafContext* vmaf, const char* output_path, enum VmafOutputFormat fmt) {
  if (vmaf == nullptr || output_path == nullptr) return report(EINVAL, "vmaf_write_output needs a context and a path");
  return guarded([&] { return finish(write(*vmaf, output_path, fmt)); });
}

int vmaf_for_each_pooled(VmafContext* vmaf, void (*callback)(void* user, const VmafPooledScore*), void* user) {
  if (vmaf == nullptr || callback == nullptr) return report(EINVAL, "vmaf_for_each_pooled needs a context and a callback");
  return guarded([&] {
    for (const auto& column : vmaf->engine.table().reported_columns()) pool_column(*vmaf, column, callback, user);
    return 0;
  });
}

int vmaf_set_output_precision(VmafContext* vmaf, int digits) {
  if (vmaf == nullptr || digits < -1 || digits > 17)
    return report(EINVAL, "output precision is -1 (all digits), 0 (as libvmaf) or 1 to 17 decimals");
  vmaf->output_digits = digits;
  return 0;
}

}  // extern "C"
