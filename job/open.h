// The clips of a job, opened and brought to what they are compared in.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "job/job.h"

namespace visq::job {

using Reader = std::unique_ptr<io::VideoReader>;

struct Readers {
  Reader reference;  // null where the job has none
  std::vector<Reader> distorted;
  // Of a distorted clip beside which the reference is another than `reference`; may be shorter.
  std::vector<Reader> own_references;
  // Why a distorted clip of several takes no part: its reader describes the reference, and has no
  // frame. May be shorter.
  std::vector<Status> problems;

  const Reader& reference_of(std::size_t clip) const {
    const bool own = clip < own_references.size() && own_references[clip] != nullptr;
    return own ? own_references[clip] : reference;
  }
  Status problem_of(std::size_t clip) const {
    return clip < problems.size() ? problems[clip] : Status();
  }
  // A clip that takes part.
  const Reader& any() const;
};

// One bad clip of several does not take the others with it; of one it is the error of the run.
Status leave_out(Readers& readers, std::size_t clip, Error error);

// A file as it is.
enum class Side { reference, distorted };
Result<Reader> open_file(const Job& job, Side side, const std::string& path,
                         const std::stop_token& stop);

// The clips in the formats in which they are compared, at the first frames to compare.
Result<Readers> open_readers(const Job& job, const std::stop_token& stop);

// The same of clips that are open already.
Status prepare_readers(const Job& job, const std::stop_token& stop, Readers& readers);

// Passes over the first frames of a clip, which `why` not to read: "... and WHY".
Status skip(const Job& job, io::VideoReader& reader, std::uint64_t count, const std::string& name,
            const std::string& why, const std::stop_token& stop);

// Its frames can be read more than once.
bool is_file(const std::string& path);

// An error for pipes and standard input: `why` they are to be read twice.
Status check_files(const Job& job, const std::string& why);

// An error of a reader, with the option that helps.
tl::unexpected<Error> reading_error(const Job& job, Error error);

// An error of reading, which names the file itself.
inline tl::unexpected<Error> input_error(const Error& error) {
  return fail(error.code, error.message, ErrorKind::input);
}
inline tl::unexpected<Error> input_error(std::string sentence) {
  return fail(EINVAL, std::move(sentence), ErrorKind::input);
}

}  // namespace visq::job
