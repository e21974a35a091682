// The execution providers of ONNX Runtime, and which of them AUTO tries.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/inference.h"
#include "base/result.h"

namespace visq {

struct Provider {
  Device device;
  const char* name;        // for people: "OpenVINO:GPU"
  const char* registered;  // as the runtime lists it
  const char*
      generic;  // as it is appended by its name; nullptr: CUDA and ROCm have their own calls
  std::pair<const char*, const char*> option;
  bool numbered;                              // there may be several such devices
  enum Half { no, when_asked, always } half;  // whether it computes in float16
};

// Of any device but `automatic` and `cpu`.
const Provider& provider_of(Device device);

// `registered`: what the runtime lists.
bool is_registered(const Provider& provider, std::span<const std::string> registered);

// What AUTO tries before the CPU, the best first: graphics processors, and what CoreML chooses.
// OpenVINO is taken where it drives a GPU. Its CPU is asked for by name, because scores are held to
// the runtime's own and our engine's there; so is an NPU, which has float16 only.
std::vector<const Provider*> automatic_order(std::span<const std::string> registered);

// What a provider with a `generic` name gets. A GPU of OpenVINO, whose own default is float16,
// computes in float32 unless asked.
std::map<std::string, std::string> provider_options(const Provider& provider,
                                                    const Inference& settings);

bool computes_in_half(const Provider& provider, const Inference& settings);

// -ENODEV for a number that such a device never has: "cpu:1".
Status check_number(const Inference& settings);

}  // namespace visq
