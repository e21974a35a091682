// visq._core: what visq/*.py is made of. python/visq/_core.pyi describes it.
#include <mutex>

#include <fmt/format.h>
#include <pybind11/functional.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "base/output_file.h"
#include "job/specs.h"
#include "job/store.h"
#include "python/core/context.h"
#include "python/core/failure.h"
#include "python/core/name.h"
#include "python/core/reader.h"
#include "python/core/score.h"
#include "python/core/tensors.h"
#include "python/core/units.h"

namespace py = pybind11;

namespace visq::python {
namespace {

// ---- what the library has to say ----

// Sentences come from its threads, which must not wait for the interpreter's lock: visq/_log.py
// fetches them.
struct Sentences {
  static constexpr std::size_t kMost = 1000;
  std::mutex mutex;
  std::vector<std::pair<int, Name>> list;
};

Sentences& sentences() {
  static auto* const instance =
      new Sentences;  // never destroyed: threads may speak while the process ends
  return *instance;
}

void note(void*, VmafLogLevel level, const char* sentence) {
  if (level == VMAF_LOG_LEVEL_ERROR) return;  // becomes an exception
  std::lock_guard lock(sentences().mutex);
  try {
    if (sentences().list.size() < Sentences::kMost)
      sentences().list.emplace_back(level, Name{sentence});
  } catch (const std::bad_alloc&) {  // one that cannot be kept is not heard
  }
}

std::vector<std::pair<int, Name>> take_sentences() {
  std::lock_guard lock(sentences().mutex);
  return std::exchange(sentences().list, {});
}

py::object exception_of(int code, const char* sentence) {
  return py::module_::import("visq._errors").attr("exception_of")(code, Name{sentence});
}

void set_exception(int code, const char* sentence) {
  const py::object made = exception_of(code, sentence);
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(made.ptr())), made.ptr());
}

// pybind11 says what it takes. NOLINTNEXTLINE(performance-unnecessary-value-param)
void translate(std::exception_ptr pointer) {
  try {
    if (pointer) std::rethrow_exception(pointer);
  } catch (const Failure& failure) {
    set_exception(failure.code(), failure.what());
  } catch (const error& failure) {
    set_exception(failure.code(), failure.what());
  }
}

// ---- what this build can do ----

py::dict describe(const VmafOptionInfo& o) {
  py::list choices;
  for (const char* const* choice = o.choices; choice != nullptr && *choice != nullptr; ++choice)
    choices.append(*choice);
  py::list places;
  for (std::size_t i = 0; i < o.n_places; ++i)
    places.append(py::dict(
        py::arg("choice") = o.places[i].choice, py::arg("store_file") = o.places[i].store_file,
        py::arg("environment") = o.places[i].environment, py::arg("setup") = o.places[i].setup));
  return py::dict(py::arg("name") = o.name, py::arg("alias") = o.alias, py::arg("help") = o.help,
                  py::arg("type") = o.type, py::arg("default") = o.default_value,
                  py::arg("min") = o.min, py::arg("max") = o.max, py::arg("choices") = choices,
                  py::arg("role") = o.role, py::arg("places") = places,
                  py::arg("chosen_by") = o.chosen_by);
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

// ---- jobs ----

// Takes an option by its name, as text.
void set(job::Job& job, const std::string& name, const Name& value) {
  const job::TextOption* option = job::text_option(name);
  if (option == nullptr) throw Failure(EINVAL, "there is no option " + name);
  if (const Status status = option->set(job, value.text); !status)
    throw Failure(EINVAL, name + ": " + status.error().message);
}

void bind_job(py::module_& m) {
  py::class_<job::Job>(m, "Job")
      .def(py::init([] {
        job::Job job;
        job.spelling = job::Spelling::python;
        return job;
      }))
      .def("set", &set, py::arg("name"), py::arg("value"))
      .def(
          "set_raw",
          [](job::Job& job, unsigned width, unsigned height, const std::string& pixel_format,
             unsigned bits) { check(set_raw_format(job, {width, height, bits, pixel_format})); },
          py::arg("width"), py::arg("height"), py::arg("pixel_format"), py::arg("bits"))
      .def(
          "add_metric",
          [](job::Job& job, const Name& name, const std::map<Name, Name>& options) {
            job::OptionMap map;
            for (const auto& [key, value] : options) map[key.text] = value.text;
            check(job::add_metric(job, name.text, map));
          },
          py::arg("name"), py::arg("options"))
      .def("check", [](const job::Job& job) { check(job::check(job)); })
      .def(
          "set_clips",
          [](job::Job& job, Name reference, std::vector<Name> distorted) {
            job.reference = std::move(reference.text);
            job.distorted.clear();
            for (Name& name : distorted) job.distorted.push_back(std::move(name.text));
          },
          py::arg("reference"), py::arg("distorted"))
      .def_readwrite("allow_playlists", &job::Job::allow_playlists)
      .def_property(
          "index_folder", [](const job::Job& job) { return Name{job.index_folder}; },
          [](job::Job& job, const Name& folder) { job.index_folder = folder.text; })
      .def_readwrite("frames", &job::Job::frame_count)
      .def_readwrite("skip_reference", &job::Job::skip_reference)
      .def_readwrite("skip_distorted", &job::Job::skip_distorted)
      .def_readwrite("shortest", &job::Job::shortest)
      .def_readwrite("strict", &job::Job::strict)
      .def_readwrite("subsample", &job::Job::subsample)
      .def_readwrite("threads", &job::Job::threads)
      .def_readwrite("memory", &job::Job::memory_megabytes)
      .def_readwrite("cpumask", &job::Job::cpumask)
      .def_property(
          "device", [](const job::Job& job) { return Name{job.tiny.device}; },
          [](job::Job& job, const Name& device) { job.tiny.device = device.text; })
      .def_property(
          "tiny_limit_seconds", [](const job::Job& job) { return job.tiny.limit_seconds; },
          [](job::Job& job, unsigned seconds) { job.tiny.limit_seconds = seconds; })
      .def_property(
          "tiny_limit_mb", [](const job::Job& job) { return job.tiny.limit_megabytes; },
          [](job::Job& job, unsigned megabytes) { job.tiny.limit_megabytes = megabytes; });
}

std::optional<py::tuple> read(Reader& reader) {
  std::optional<Picture> picture = reader.read();
  if (!picture) return std::nullopt;
  return py::tuple(planes_of(*std::move(picture)));
}

void bind_reader(py::module_& m) {
  py::class_<Reader>(m, "Reader")
      .def(py::init<const job::Job&>(), py::arg("job"))
      .def("read", &read);
}

// Frames of an iterator, as frame_of() takes them.
Source source_of(const py::object& frames) {
  if (frames.is_none()) return std::nullopt;
  return [frames = py::iter(frames)]() -> std::optional<Frame> {
    PyObject* const next = PyIter_Next(frames.ptr());
    if (next != nullptr) return frame_of(py::reinterpret_steal<py::tuple>(next));
    if (PyErr_Occurred() != nullptr) throw py::error_already_set();
    return std::nullopt;
  };
}

// A Context or an exception for each distorted clip.
py::list score_job(const job::Job& job, const std::vector<py::object>& clips, bool copy,
                   const std::optional<std::function<void(std::uint64_t)>>& progress) {
  std::vector<Source> sources;
  sources.reserve(clips.size());
  for (const py::object& clip : clips) sources.push_back(source_of(clip));
  const Listener listener{progress.value_or(nullptr), [](const std::string& sentence) {
                            note(nullptr, VMAF_LOG_LEVEL_WARNING, sentence.c_str());
                          }};
  py::list list;
  for (Outcome& outcome : score(job, sources, copy, listener)) {
    const auto* const failure = std::get_if<Failure>(&outcome);
    list.append(failure != nullptr ? exception_of(failure->code(), failure->what())
                                   : py::cast(std::get<0>(std::move(outcome))));
  }
  return list;
}

// ---- scores ----

py::dict describe(const job::Pooled& pooled) {
  const VmafPooledScore& s = pooled.score;
  py::dict all(py::arg("min") = s.min, py::arg("max") = s.max, py::arg("mean") = s.mean,
               py::arg("harmonic_mean") = s.harmonic_mean,
               py::arg("geometric_mean") = s.geometric_mean,
               py::arg("percentile_1") = s.percentile_1, py::arg("percentile_5") = s.percentile_5,
               py::arg("percentile_10") = s.percentile_10,
               py::arg("percentile_50") = s.percentile_50, py::arg("min_frame") = s.min_frame,
               py::arg("max_frame") = s.max_frame, py::arg("clip") = s.clip);
  if (!pooled.has_direction()) return all;
  all["worst_percentile_1"] = s.worst_percentile_1;
  all["worst_percentile_5"] = s.worst_percentile_5;
  all["worst_percentile_10"] = s.worst_percentile_10;
  all["worst_1_percent_mean"] = s.worst_1_percent_mean;
  all["worst_frame"] = s.worst_frame;
  all["worst_frame_value"] = s.worst_frame_value;
  py::dict shares;
  for (const auto& [threshold, share] : pooled.shares) shares[py::float_(threshold)] = share;
  all["share_below"] = shares;
  return all;
}

py::tuple table_of(Context& context) {
  const Table table = context.table();
  py::dict columns;
  for (std::size_t i = 0; i < table.names.size(); ++i)
    columns[py::cast(Name{table.names[i]})] = py::array_t<double>(
        static_cast<py::ssize_t>(table.columns[i].size()), table.columns[i].data());
  return py::make_tuple(
      py::array_t<unsigned>(static_cast<py::ssize_t>(table.frames.size()), table.frames.data()),
      columns);
}

py::dict dict_of(const std::vector<job::Pooled>& pooled) {
  py::dict all;
  for (const job::Pooled& p : pooled) all[py::cast(Name{p.name})] = describe(p);
  return all;
}

py::list shots_of(Context& context) {
  py::list list;
  for (const auto& [frames, pooled] : context.shots())
    list.append(py::make_tuple(frames.first, frames.last, dict_of(pooled)));
  return list;
}

py::dict dict_of(const std::vector<std::pair<std::string, double>>& scores) {
  py::dict all;
  for (const auto& [name, value] : scores) all[py::cast(Name{name})] = value;
  return all;
}

void bind_context(py::module_& m) {
  py::class_<Context>(m, "Context")
      .def(py::init<const job::Job&, bool>(), py::arg("job"), py::arg("copy"))
      .def(
          "push",
          [](Context& c, const py::tuple& reference, const py::tuple& distorted) {
            c.push(frame_of(reference), frame_of(distorted));
          },
          py::arg("reference"), py::arg("distorted"))
      .def("flush", &Context::flush)
      .def("frames_pushed", &Context::frames_pushed)
      .def("frames_done", &Context::frames_done)
      .def("frames_final", &Context::frames_final)
      .def(
          "scores", [](Context& c, unsigned index) { return dict_of(c.scores(index)); },
          py::arg("index"))
      .def("table", &table_of)
      .def("pooled", [](Context& c) { return dict_of(c.pooled()); })
      .def("shots", &shots_of)
      .def("aggregates", [](const Context& c) { return dict_of(c.aggregates()); })
      .def("damaged", [](const Context& c) { return c.compared().damaged; })
      .def("close", &Context::close);
  m.def("score", &score_job, py::arg("job"), py::arg("clips"), py::arg("copy"),
        py::arg("progress"));
}

py::list tensors_of(const std::vector<Tensor>& tensors) {
  py::list list;
  for (const Tensor& t : tensors) list.append(py::make_tuple(t.name, py::tuple(py::cast(t.shape))));
  return list;
}

void bind_model(py::module_& m) {
  py::class_<Model>(m, "Model")
      .def(py::init([](const Name& path, const Name& device, int threads) {
             return std::make_unique<Model>(path.text, device.text, threads);
           }),
           py::arg("path"), py::arg("device"), py::arg("threads"))
      .def_property_readonly("inputs",
                             [](const Model& model) { return tensors_of(model.inputs()); })
      .def_property_readonly("outputs",
                             [](const Model& model) { return tensors_of(model.outputs()); })
      .def_property_readonly("provider", &Model::provider)
      .def("run", &Model::run, py::arg("inputs"));
}

// pybind11 reads the size of a sample where numpy 1 has it; before 2.12 it finds a zero there in
// numpy 2, and makes arrays of which all elements are the first.
void check_numpy() {
  if constexpr (PYBIND11_VERSION_HEX >= 0x020c0000) return;
  const auto version = py::module_::import("numpy").attr("__version__").cast<std::string>();
  if (version.starts_with("1.")) return;
  throw py::import_error(fmt::format(
      "visq was built with pybind11 {}.{}, which knows numpy 1 only, and numpy {} is installed; "
      "build with pybind11 2.12 or newer (pip install . takes one), or use numpy 1",
      PYBIND11_VERSION_MAJOR, PYBIND11_VERSION_MINOR, version));
}

}  // namespace

PYBIND11_MODULE(_core, m) {
  check_numpy();
  py::register_exception_translator(&translate);
  vmaf_set_log_callback(&note, nullptr);
  bind_job(m);
  bind_reader(m);
  bind_context(m);
  bind_model(m);
  bind_units(m);
  m.def("metrics", &metrics);
  m.def("builtin_models", &builtin_models);
  m.def("dnn_available", [] { return vmaf_dnn_available() != 0; });
  m.def("version", &vmaf_version);
  m.def(
      "write_text",
      [](const Name& path, const std::string& text) {
        const py::gil_scoped_release unlocked;
        check(write_output(path.text, text, "the report"));
      },
      py::arg("path"), py::arg("text"));
  m.def("take_sentences", &take_sentences);
  m.def("find_in_model_store", &job::find_in_model_store, py::arg("file"));
  m.def("model_files", &job::model_files, py::arg("folder"), py::arg("extension"));
}

}  // namespace visq::python
