// What a confined command needs.
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include <dlfcn.h>
#include <link.h>

#include "cli/confine.h"
#include "io/reader.h"
#include "io/sequence.h"
#include "job/roles.h"
#include "job/store.h"
#include "libvmaf/dnn.h"

namespace visq::cli {
namespace {

namespace fs = std::filesystem;
using Paths = std::vector<std::string>;

std::string folder_of(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

void add_clips(const job::Job& job, Paths& read) {
  Paths clips = job.distorted;
  if (job.has_reference()) clips.push_back(job.reference);
  for (const std::string& clip : clips)
    if (clip != "-")
      read.push_back(job.allow_playlists || (io::names_sequence(clip) && !fs::is_directory(clip))
                         ? folder_of(clip)
                         : clip);
}

// What lies beside a model belongs to it: a registry, external data.
void add_models(const job::Job& job, Paths& read) {
  for (const job::ModelSpec& model : job.models)
    if (!model.path.empty()) read.push_back(model.path);
  std::error_code unknown;
  for (const std::string& model : job.tiny.models)
    if (fs::exists(model, unknown)) read.push_back(folder_of(fs::canonical(model, unknown)));
  for (const job::FeatureSpec& feature : job.features)
    for (const VmafOptionInfo* option : job::options_with_role(feature.name, "model_file")) {
      const auto given = feature.options.find(option->name);
      const VmafModelPlace* const place = job::model_place(feature, *option);
      const char* named = place != nullptr ? std::getenv(place->environment) : nullptr;
      if (given != feature.options.end()) read.push_back(folder_of(given->second));
      if (named != nullptr) read.push_back(folder_of(named));
    }
}

// A file is made beside its name. What is no regular file is opened itself.
void add_output(const std::string& path, Paths& write) {
  std::error_code unknown;
  if (path.empty() || path == "-") return;
  const bool special = fs::exists(path, unknown) && !fs::is_regular_file(path, unknown);
  const fs::path real = fs::exists(path, unknown) ? fs::canonical(path, unknown) : fs::path(path);
  write.push_back(special ? path : folder_of(real));
}

Status add_maps(const job::Job& job, Paths& write) {
  for (const job::FeatureSpec& feature : job.features)
    for (const job::MapFolder& folder : job::map_folders_of(feature)) {
      std::error_code error;
      fs::create_directories(folder.path, error);
      if (error)
        return fail(error.value(),
                    "cannot make the folder for maps " + folder.path + ": " + error.message(),
                    ErrorKind::output);
      write.push_back(folder.path);
    }
  return {};
}

// Those of libraries that are loaded: what they load later lies beside them.
int add_library_folder(dl_phdr_info* library, std::size_t, void* folders) {
  if (library->dlpi_name != nullptr && *library->dlpi_name == '/')
    static_cast<std::set<std::string>*>(folders)->insert(folder_of(library->dlpi_name));
  return 0;
}

void add_system(Paths& read) {
  io::load_libav();
  vmaf_dnn_available();
  std::set<std::string> folders;
  dl_iterate_phdr(add_library_folder, &folders);
  read.insert(read.end(), folders.begin(), folders.end());
  for (const std::string& store : job::model_stores()) {
    read.push_back(store);
    read.push_back(store + "/../registry.json");  // of the source tree
  }
  for (const char* path : {"/etc/ld.so.cache", "/etc/ssl/openssl.cnf", "/usr/lib/ssl", "/dev/null",
                           "/dev/urandom", "/proc/self", "/proc/cpuinfo", "/proc/meminfo",
                           "/sys/devices/system/cpu", "/sys/fs/cgroup"})
    read.emplace_back(path);
}

}  // namespace

Result<Confinement> confinement_of(const std::vector<Settings>& jobs) {
  Confinement confinement;
  for (const Settings& settings : jobs) {
    add_clips(settings.job, confinement.read);
    add_models(settings.job, confinement.read);
    add_output(settings.output, confinement.write);
    add_output(settings.report, confinement.write);
    VISQ_TRY(add_maps(settings.job, confinement.write));
  }
  add_system(confinement.read);
  return confinement;
}

}  // namespace visq::cli
