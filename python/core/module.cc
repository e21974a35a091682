// visq._core: what visq/*.py is made of. python/visq/_core.pyi describes it.
#include <mutex>

#include <pybind11/functional.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "python/core/borrowed.h"
#include "python/core/context.h"
#include "python/core/failure.h"
#include "python/core/reader.h"
#include "python/core/tensors.h"

namespace py = pybind11;

namespace visq::python {
namespace {

// ---- what the library has to say ----

// Sentences come from its threads, which must not wait for the interpreter's lock: visq/_log.py
// fetches them.
struct Sentences {
  static constexpr std::size_t kMost = 1000;
  std::mutex mutex;
  std::vector<std::pair<int, std::string>> list;
};

Sentences& sentences() {
  static auto* const instance =
      new Sentences;  // never destroyed: threads may speak while the process ends
  return *instance;
}

void note(void*, VmafLogLevel level, const char* sentence) {
  if (level == VMAF_LOG_LEVEL_ERROR) return;  // becomes an exception
  std::lock_guard lock(sentences().mutex);
  if (sentences().list.size() < Sentences::kMost) sentences().list.emplace_back(level, sentence);
}

std::vector<std::pair<int, std::string>> take_sentences() {
  std::lock_guard lock(sentences().mutex);
  return std::exchange(sentences().list, {});
}

void translate(std::exception_ptr pointer) {
  try {
    if (pointer) std::rethrow_exception(pointer);
  } catch (const Failure& failure) {
    const py::object made =
        py::module_::import("visq._errors").attr("exception_of")(failure.code(), failure.what());
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(made.ptr())), made.ptr());
  }
}

// ---- what this build can do ----

py::dict describe(const VmafOptionInfo& o) {
  py::list choices;
  for (const char* const* choice = o.choices; choice != nullptr && *choice != nullptr; ++choice)
    choices.append(*choice);
  return py::dict(py::arg("name") = o.name, py::arg("alias") = o.alias, py::arg("help") = o.help,
                  py::arg("type") = o.type, py::arg("default") = o.default_value,
                  py::arg("min") = o.min, py::arg("max") = o.max, py::arg("choices") = choices);
}

py::dict describe(const VmafFeatureInfo& f) {
  return py::dict(py::arg("name") = f.printed, py::arg("unit") = f.unit, py::arg("min") = f.min,
                  py::arg("max") = f.max, py::arg("identity") = f.identity,
                  py::arg("direction") = f.direction);
}

py::list metrics() {
  py::list list;
  for (unsigned i = 0; const VmafMetricInfo* m = vmaf_metric_info(i); ++i) {
    py::list features, options;
    for (std::size_t k = 0; k < m->n_features; ++k) features.append(describe(m->features[k]));
    for (std::size_t k = 0; k < m->n_options; ++k) options.append(describe(m->options[k]));
    list.append(py::dict(
        py::arg("name") = m->name, py::arg("summary") = m->summary, py::arg("source") = m->source,
        py::arg("features") = features, py::arg("options") = options,
        py::arg("needs_reference") = m->needs_reference != 0, py::arg("exactness") = m->exactness));
  }
  return list;
}

std::vector<std::string> builtin_models() {
  std::vector<std::string> names;
  const char* name = nullptr;
  for (const void* it = nullptr; (it = vmaf_model_version_next(it, &name)) != nullptr;)
    names.emplace_back(name);
  return names;
}

// ---- arguments ----

Frame frame_of(const py::tuple& t) {
  const auto color = t[3].cast<std::tuple<int, int, int>>();
  return {
      t[0].cast<std::vector<py::array>>(),
      {static_cast<VmafPixelFormat>(t[1].cast<int>()),
       t[2].cast<unsigned>(),
       {std::get<0>(color), std::get<1>(color), static_cast<VmafColorRange>(std::get<2>(color))}},
      t[4].cast<std::string>()};
}

py::tuple color_of(const VmafPictureColor& c) {
  return py::make_tuple(c.matrix, c.transfer, static_cast<int>(c.range));
}

std::unique_ptr<Reader> open(const std::string& path, const py::object& raw, int threads) {
  std::optional<io::RawFormat> format;
  if (!raw.is_none()) {
    const auto [width, height, pixel_format, bits] =
        raw.cast<std::tuple<unsigned, unsigned, int, unsigned>>();
    format = io::RawFormat{width, height, static_cast<VmafPixelFormat>(pixel_format), bits};
  }
  const py::gil_scoped_release unlocked;
  return std::make_unique<Reader>(path, format, threads);
}

py::object read(Reader& reader) {
  std::optional<Picture> picture;
  {
    const py::gil_scoped_release unlocked;
    picture = reader.read();
  }
  if (!picture) return py::none();
  return py::tuple(planes_of(*std::move(picture)));
}

ModelSpec spec_of(const py::dict& d) {
  ModelSpec spec;
  if (d.contains("version")) spec.version = d["version"].cast<std::string>();
  if (d.contains("path")) spec.path = d["path"].cast<std::string>();
  if (d.contains("name")) spec.name = d["name"].cast<std::string>();
  if (d.contains("flags")) spec.flags = d["flags"].cast<std::uint64_t>();
  if (d.contains("overloads")) spec.overloads = d["overloads"].cast<decltype(spec.overloads)>();
  return spec;
}

py::dict describe(const VmafPooledScore& s) {
  return py::dict(
      py::arg("min") = s.min, py::arg("max") = s.max, py::arg("mean") = s.mean,
      py::arg("harmonic_mean") = s.harmonic_mean, py::arg("geometric_mean") = s.geometric_mean,
      py::arg("percentile_1") = s.percentile_1, py::arg("percentile_5") = s.percentile_5,
      py::arg("percentile_10") = s.percentile_10, py::arg("percentile_50") = s.percentile_50,
      py::arg("min_frame") = s.min_frame, py::arg("max_frame") = s.max_frame);
}

py::tuple table_of(Context& context, unsigned frames) {
  const Table table = context.table(frames);
  py::dict columns;
  for (std::size_t i = 0; i < table.names.size(); ++i)
    columns[py::str(table.names[i])] = py::array_t<double>(
        static_cast<py::ssize_t>(table.columns[i].size()), table.columns[i].data());
  return py::make_tuple(
      py::array_t<unsigned>(static_cast<py::ssize_t>(table.frames.size()), table.frames.data()),
      columns);
}

py::dict pooled_of(Context& context, unsigned frames) {
  py::dict all;
  for (const NamedPool& p : context.pooled(frames)) all[py::str(p.name)] = describe(p.score);
  return all;
}

void bind_context(py::module_& m) {
  py::class_<Context>(m, "Context")
      .def(py::init<unsigned, unsigned, std::uint64_t>(), py::arg("threads"), py::arg("subsample"),
           py::arg("cpumask"))
      .def("use_model", [](Context& c, const py::dict& spec) { c.use_model(spec_of(spec)); })
      .def("use_tiny_model", &Context::use_tiny_model)
      .def("use_feature", &Context::use_feature)
      .def("import_score", &Context::import_score)
      .def("push",
           [](Context& c, const py::tuple& reference, const py::tuple& distorted, unsigned index,
              bool copy) { c.push(frame_of(reference), frame_of(distorted), index, copy); })
      .def("push_files", &Context::push_files)
      .def("flush", &Context::flush)
      .def("frames_done", &Context::frames_done)
      .def("frames_final", &Context::frames_final)
      .def("scores",
           [](Context& c, unsigned index) {
             py::dict all;
             for (const auto& [name, value] : c.scores(index)) all[py::str(name)] = value;
             return all;
           })
      .def("table", &table_of)
      .def("pooled", &pooled_of)
      .def("aggregates",
           [](const Context& c) {
             py::dict all;
             for (const auto& [name, value] : c.aggregates()) all[py::str(name)] = value;
             return all;
           })
      .def("write",
           [](Context& c, const std::string& path, int format, int digits) {
             c.write(path, static_cast<VmafOutputFormat>(format), digits);
           })
      .def("close", &Context::close);
}

void bind_reader(py::module_& m) {
  py::class_<Reader>(m, "Reader")
      .def(py::init(&open), py::arg("path"), py::arg("raw"), py::arg("threads"))
      .def_property_readonly("path", &Reader::path)
      .def_property_readonly("width", [](const Reader& r) { return r.info().width; })
      .def_property_readonly("height", [](const Reader& r) { return r.info().height; })
      .def_property_readonly("bitdepth", [](const Reader& r) { return r.info().bits; })
      .def_property_readonly(
          "pixel_format", [](const Reader& r) { return static_cast<int>(r.info().pixel_format); })
      .def_property_readonly("color", [](const Reader& r) { return color_of(r.info().color); })
      .def_property_readonly(
          "rate",
          [](const Reader& r) { return py::make_tuple(r.info().rate.num, r.info().rate.den); })
      .def_property_readonly("frames", [](const Reader& r) { return r.info().frames; })
      .def_property_readonly("description", [](const Reader& r) { return io::describe(r.info()); })
      .def("deepen_to", &Reader::deepen_to)
      .def("read", &read);
}

py::list tensors_of(const std::vector<Tensor>& tensors) {
  py::list list;
  for (const Tensor& t : tensors) list.append(py::make_tuple(t.name, py::tuple(py::cast(t.shape))));
  return list;
}

void bind_model(py::module_& m) {
  py::class_<Model>(m, "Model")
      .def(py::init([](const std::string& path, int device, int device_index, int threads) {
             return std::make_unique<Model>(path, static_cast<VmafDnnDevice>(device), device_index,
                                            threads);
           }),
           py::arg("path"), py::arg("device"), py::arg("device_index"), py::arg("threads"))
      .def_property_readonly("inputs",
                             [](const Model& model) { return tensors_of(model.inputs()); })
      .def_property_readonly("outputs",
                             [](const Model& model) { return tensors_of(model.outputs()); })
      .def_property_readonly("provider", &Model::provider)
      .def("run", &Model::run);
}

}  // namespace

PYBIND11_MODULE(_core, m) {
  py::register_exception_translator(&translate);
  vmaf_set_log_callback(&note, nullptr);
  bind_reader(m);
  bind_context(m);
  bind_model(m);
  m.def("metrics", &metrics);
  m.def("builtin_models", &builtin_models);
  m.def("dnn_available", [] { return vmaf_dnn_available() != 0; });
  m.def("version", &vmaf_version);
  m.def("take_sentences", &take_sentences);
  m.attr("model_store") = VISQ_MODEL_STORE;
}

}  // namespace visq::python
