#include "python/core/units.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "job/bd_rate.h"
#include "job/open.h"
#include "job/session.h"
#include "libvmaf/visq.h"
#include "python/core/context.h"
#include "python/core/failure.h"
#include "python/core/foreground.h"
#include "python/core/name.h"

namespace py = pybind11;

namespace visq::python {
namespace {

// By its packets, or else by decoding it.
std::uint64_t frames_of(io::VideoReader& reader) {
  if (const auto told = value_of(reader.count_frames())) return *told;
  std::uint64_t frames = 0;
  while (value_of(reader.skip())) ++frames;
  return frames;
}

// A file as it is. `count`: also how many frames it has, where its packets have to be read for
// that.
py::dict probe(const job::Job& job, const Name& path, bool count) {
  io::StreamInfo info;
  Foreground().run([&](const std::stop_token& stop) {
    const job::Reader reader = value_of(job::open_file(job, job::Side::distorted, path.text, stop));
    info = reader->info();
    if (count) info.frames = frames_of(*reader);
  });
  return py::dict(py::arg("width") = info.width, py::arg("height") = info.height,
                  py::arg("bits") = info.bits, py::arg("rate") = info.rate.per_second(),
                  py::arg("frames") = info.frames, py::arg("bit_rate") = info.bit_rate);
}

// How many frames before a part of a clip, and after it, its scores need.
py::tuple frames_around(const job::Job& job, double rate, unsigned height) {
  unsigned before = 0, after = 0;
  {
    const py::gil_scoped_release unlocked;
    const job::Session session = value_of(job::Session::open(job, 0, {rate, height}));
    check(vmaf_frames_around(session.context(), &before, &after));
  }
  return py::make_tuple(before, after);
}

// The JSON object of vmaf_describe_machine.
std::string describe_machine() {
  const py::gil_scoped_release unlocked;
  char* json = nullptr;
  check(vmaf_describe_machine(&json));
  const std::string text = json;
  vmaf_text_free(json);
  return text;
}

using Column = std::pair<py::array_t<double>, py::array_t<bool>>;  // values, and which are there

// All that is kept of a clip's frames, by stored names.
py::tuple kept_of(Context& context) {
  const KeptScores kept = context.kept();
  py::dict columns;
  for (const auto& [name, column] : kept.columns) {
    py::array_t<bool> there(static_cast<py::ssize_t>(column.there.size()));
    std::copy(column.there.begin(), column.there.end(), there.mutable_data());
    columns[py::cast(Name{name})] = py::make_tuple(
        Name{column.printed},
        py::array_t<double>(static_cast<py::ssize_t>(column.values.size()), column.values.data()),
        there);
  }
  return py::make_tuple(kept.frames.first, kept.frames.last, columns);
}

py::dict info_of(const Context& context) {
  const ComparedClip& clip = context.compared();
  return py::dict(
      py::arg("width") = clip.info.width, py::arg("height") = clip.info.height,
      py::arg("bits") = clip.info.bits,
      py::arg("pixel_format") = static_cast<int>(clip.info.pixel_format),
      py::arg("bit_rate") = clip.info.bit_rate, py::arg("rate") = clip.by.frames_a_second,
      py::arg("reference_height") = clip.by.height, py::arg("conversions") = clip.conversions);
}

// A clip whose kept scores, from frame 0 on, were made elsewhere, in whatever parts.
std::unique_ptr<Context> clip_of(const job::Job& job, const py::dict& info,
                                 const std::map<Name, Column>& columns, unsigned frames,
                                 const std::vector<std::pair<unsigned, unsigned>>& shots,
                                 const std::vector<unsigned>& damaged) {
  ComparedClip clip;
  clip.info.width = info["width"].cast<unsigned>();
  clip.info.height = info["height"].cast<unsigned>();
  clip.info.bits = info["bits"].cast<unsigned>();
  clip.info.pixel_format = static_cast<VmafPixelFormat>(info["pixel_format"].cast<int>());
  clip.by = {info["rate"].cast<double>(), info["reference_height"].cast<unsigned>()};
  clip.frames = {0, frames - 1};
  clip.damaged = damaged;
  std::map<std::string, KeptColumn> kept;
  for (const auto& [name, column] : columns) {
    const auto& [values, there] = column;
    kept[name.text] = {"", std::vector<double>(values.data(), values.data() + values.size()),
                       std::vector<bool>(there.data(), there.data() + there.size())};
  }
  for (const auto& [first, last] : shots) clip.shots.push_back({first, last});
  const py::gil_scoped_release unlocked;
  return Context::imported(job, clip, kept);
}

// 1 where higher is better, -1 where lower is, else 0.
py::dict directions_of(Context& context) {
  py::dict all;
  for (const job::Pooled& pooled : context.pooled())
    all[py::cast(Name{pooled.name})] = pooled.score.direction;
  return all;
}

using Curve = std::vector<std::pair<double, double>>;  // rate and quality

// The per cent that `test` needs more, and why there is no such number.
py::tuple bd_rate_of(const Curve& anchor, const Curve& test) {
  const auto points = [](const Curve& curve) {
    std::vector<job::RatePoint> list;
    for (const auto& [rate, quality] : curve) list.push_back({rate, quality});
    return list;
  };
  const job::BdRate rate = job::bd_rate(points(anchor), points(test));
  return py::make_tuple(rate.percent, rate.why_not);
}

}  // namespace

void bind_units(py::module_& m) {
  m.def("probe", &probe, py::arg("job"), py::arg("path"), py::arg("count"));
  m.def("frames_around", &frames_around, py::arg("job"), py::arg("rate"), py::arg("height"));
  m.def("describe_machine", &describe_machine);
  m.def("kept_of", &kept_of, py::arg("context"));
  m.def("directions_of", &directions_of, py::arg("context"));
  m.def("info_of", &info_of, py::arg("context"));
  m.def("clip_of", &clip_of, py::arg("job"), py::arg("info"), py::arg("columns"), py::arg("frames"),
        py::arg("shots"), py::arg("damaged"));
  m.def("bd_rate", &bd_rate_of, py::arg("anchor"), py::arg("test"));
}

}  // namespace visq::python
