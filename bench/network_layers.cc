// visq_network_layers MODEL [WIDTHxHEIGHT] [fast] [cpumask=N]: what each layer of a network of
// LPIPS or DISTS costs inside the streaming engine, for both pictures on one thread, as a Markdown
// table; the least of some frames. `cpumask` is the command's (base/cpu.h).
#include <algorithm>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include "base/cpu.h"
#include "base/numbers.h"
#include "dnn/run/loader.h"
#include "kernels/bench.h"
#include "metrics/dists/network.h"
#include "metrics/lpips/network.h"

namespace visq {
namespace {

using stream::Comparison;
using stream::InputRow;
using stream::Layer;
using stream::LayerKind;
using stream::Plan;
using stream::Precision;
using stream::RowSource;
using stream::StageTimes;
using stream::TensorShape;

constexpr int kFrames = 5;

struct Setup {
  std::string model;
  int width = 1920, height = 1080;
  Precision precision = Precision::fp32;
};

// Noise of the range that normalised pictures have.
RowSource noise(int width, std::uint32_t seed) {
  return [=](int y, const InputRow& row) {
    std::uint32_t value = seed + static_cast<std::uint32_t>(y);
    for (int i = 0; i < 3 * width; ++i) {
      value = value * 1664525u + 1013904223u;
      row.values[i] = static_cast<float>(value >> 8) / 4194304.0f - 2.0f;
    }
  };
}

void keep_least(double& least, double value) {
  least = least == 0 ? value : std::min(least, value);
}

template <typename Network>
Result<StageTimes> least_times(const Network& network, const Setup& setup) {
  StageTimes least;
  for (int frame = 0; frame < kFrames; ++frame) {
    StageTimes times;
    Comparison comparison;
    comparison.width = setup.width;
    comparison.height = setup.height;
    comparison.ref = noise(setup.width, 1);
    comparison.dists = {noise(setup.width, 2)};
    comparison.times = &times;
    VISQ_TRY(network.distances(comparison));
    least.layers.resize(times.layers.size());
    least.taps.resize(times.taps.size());
    keep_least(least.source, times.source);
    for (std::size_t i = 0; i < times.layers.size(); ++i)
      keep_least(least.layers[i], times.layers[i]);
    for (std::size_t i = 0; i < times.taps.size(); ++i) keep_least(least.taps[i], times.taps[i]);
  }
  return least;
}

// Of both pictures.
struct Cost {
  std::string name, kernel;
  double seconds, products, bytes;
};

double bytes_of(const TensorShape& tensor, int channels) {
  return static_cast<double>(tensor.value_bytes()) * tensor.width * tensor.height * channels;
}

// Operators say products for one pixel of output; both pictures are computed.
double products(const stream::Network& network, const TensorShape& out, std::size_t layer) {
  return 2 * network.op(layer).products() * out.width * out.height;
}

Cost layer_cost(const stream::Network& network, const Plan& plan, const StageTimes& times,
                std::size_t i) {
  const Layer& layer = network.graph().layers[i];
  const TensorShape &in = plan.tensors[static_cast<std::size_t>(layer.in)],
                    &out = plan.tensors[static_cast<std::size_t>(layer.out)];
  const double bytes = 2 * (bytes_of(in, layer.in_channels) + bytes_of(out, layer.out_channels));
  return {
      fmt::format("{} to {} ({}x{})", layer.in_channels, layer.out_channels, out.width, out.height),
      network.op(i).name(), times.layers[i], products(network, out, i), bytes};
}

Cost tap_cost(const stream::Network& network, const Plan& plan, const StageTimes& times,
              std::size_t i) {
  const TensorShape& tensor = plan.tensors[static_cast<std::size_t>(network.graph().taps[i])];
  const double values = static_cast<double>(tensor.width) * tensor.height * tensor.channels;
  return {fmt::format("tap of {} channels ({}x{})", tensor.channels, tensor.width, tensor.height),
          "", times.taps[i], 6 * values, 2 * bytes_of(tensor, tensor.channels)};
}

void print(const Cost& cost, double all) {
  const bench::Peak& peak = bench::machine_peak();
  const double of_products = cost.products / cost.seconds /
                             peak.products[static_cast<std::size_t>(bench::Arithmetic::float32)];
  fmt::print("| {} | {} | {:.1f} | {:.1f} % | {:.2f} | {:.0f} | {:.0f} % | {:.0f} % |\n", cost.name,
             cost.kernel, 1e3 * cost.seconds, 100 * cost.seconds / all, cost.products / 1e9,
             cost.bytes / 1e6, 100 * of_products, 100 * cost.bytes / cost.seconds / peak.bytes);
}

void print_table(const stream::Network& network, const Plan& plan, const StageTimes& times) {
  std::vector<Cost> costs;
  costs.push_back({"pictures", "", times.source, 0, 2 * bytes_of(plan.tensors[0], 3)});
  for (std::size_t i = 0; i < times.layers.size(); ++i)
    costs.push_back(layer_cost(network, plan, times, i));
  for (std::size_t i = 0; i < times.taps.size(); ++i)
    costs.push_back(tap_cost(network, plan, times, i));
  Cost all{"all", "", 0, 0, 0};
  for (const Cost& cost : costs)
    all = {all.name, "", all.seconds + cost.seconds, all.products + cost.products,
           all.bytes + cost.bytes};
  const bench::Peak& peak = bench::machine_peak();
  fmt::print("fp32 peak {:.1f} G products/s, int16 {:.1f}, bfloat16 {:.1f}, memory {:.1f} GB/s\n\n",
             peak.products[2] / 1e9, peak.products[0] / 1e9, peak.products[3] / 1e9,
             peak.bytes / 1e9);
  fmt::print(
      "| layer (output) | kernel | ms | share | G products | MB | of fp32 peak | of memory "
      "|\n|---|---|---|---|---|---|---|---|\n");
  for (const Cost& cost : costs) print(cost, all.seconds);
  print(all, all.seconds);
}

template <typename Network>
Status report(const Setup& setup) {
  VISQ_ASSIGN(ModelFile file, open_model_for(setup.model, {}));
  VISQ_ASSIGN(const auto network, Network::make(file, 1, setup.precision));
  VISQ_ASSIGN(const Plan plan, network->layers().plan(setup.width, setup.height));
  VISQ_ASSIGN(const StageTimes times, least_times(*network, setup));
  print_table(network->layers(), plan, times);
  return {};
}

}  // namespace
}  // namespace visq

int main(int argc, char** argv) {
  visq::Setup setup;
  if (argc < 2 || argc > 5) return 1;
  setup.model = argv[1];
  for (int i = 2; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "fast") {
      setup.precision = visq::stream::Precision::int16;
      continue;
    }
    if (constexpr std::string_view kMask = "cpumask="; word.starts_with(kMask)) {
      const auto mask = visq::parse_number<std::uint64_t>(word.substr(kMask.size()));
      if (!mask) return 1;
      visq::disable_cpu_targets(*mask);
      continue;
    }
    const std::size_t x = std::min(word.find('x'), word.size() - 1);
    setup.width = visq::parse_number<int>(word.substr(0, x)).value_or(0);
    setup.height = visq::parse_number<int>(word.substr(x + 1)).value_or(0);
    if (setup.width < 1 || setup.height < 1) return 1;
  }
  auto status = visq::report<visq::lpips::Network>(setup);
  if (!status && status.error().code == ENOTSUP) status = visq::report<visq::dists::Network>(setup);
  if (status) return 0;
  fmt::print(stderr, "{}\n", status.error().message);
  return 1;
}
