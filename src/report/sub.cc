#include <fmt/format.h>

#include "base/shown.h"
#include "report/report.h"

namespace visq {

// MicroDVD subtitles: a player shows each frame its scores. Braces and bars mean something to it.
void give_sub(const ReportInput& in, const TextSink& sink) {
  const auto columns = in.table.reported_columns();
  std::string out;
  for_each_frame(in, columns, out, sink, [&](const ReportFrame& frame) {
    out += fmt::format("{{{}}}{{{}}}frame: {}|", frame.index, frame.index + 1, frame.index);
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (frame.values[i])
        out += fmt::format("{}: {}|", shown(columns[i].printed, "{|}"),
                           number_text(*frame.values[i], in.digits));
    out += '\n';
  });
  sink(out);
}

}  // namespace visq
