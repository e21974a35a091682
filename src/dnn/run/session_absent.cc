// The session of a build without a runtime.
#ifndef VISQ_HAVE_ONNXRUNTIME

#include "dnn/run/session.h"

namespace visq {

bool Session::available() { return false; }

std::string Session::runtime() { return ""; }

bool Session::accelerated() { return false; }

Result<std::shared_ptr<const Session>> Session::open(ModelFile, const Inference&) {
  return fail(ENOSYS, "DNN disabled: this build has no ONNX Runtime", ErrorKind::usage);
}

}  // namespace visq

#endif
