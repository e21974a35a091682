// The devices that learned metrics can ask for, and whether this build and this machine have them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "dnn/run/session.h"

namespace visq {

struct DeviceName {
  Device device;
  const char* name;  // as people write it: "cuda", "openvino-gpu"
};

// Device::automatic ("auto") first, Device::cpu next.
std::span<const DeviceName> device_names();

struct DeviceState {
  Device device;
  std::string name;
  std::string provider;  // "CUDA", "OpenVINO:GPU"; of auto, the one that it takes
  std::string problem;   // why a model cannot run there; "" where it can
};

// Opens a session of one node on each: what the runtime lists may still lack libraries or hardware.
std::vector<DeviceState> device_states();

// Whether Device::automatic takes something else than the CPU here. Tried once in a process.
bool has_accelerator();

}  // namespace visq
