// visq_onnx_seeds FOLDER: small ONNX files, right and wrong in each way that the scanner knows, for
// the fuzzer.
#include <filesystem>
#include <fstream>

#include "dnn/onnx/writer.h"
#include "dnn/stream/test_networks.h"

namespace {

using namespace visq::test;

std::string with_branch(int depth) {
  std::string inner = graph({{node("Relu", {"a"}, {"b"})}, {}, {}, {}});
  for (int i = 0; i < depth; ++i)
    inner =
        graph({{node("If", {"c"}, {"y"}, "", graph_attribute("then_branch", inner))}, {}, {}, {}});
  return model(inner);
}

std::string with_external(const std::string& offset) {
  const std::string weights =
      external_tensor("w", 4, {{"location", "w.bin"}, {"offset", offset}, {"length", "16"}});
  return model(graph({{node("Add", {"x", "w"}, {"y"})},
                      {weights},
                      {float_tensor("x", {4})},
                      {float_tensor("y", {4})}}));
}

std::string with_sparse() {
  const std::string sparse = bytes_field(1, external_tensor("v", 2, {{"location", "v.bin"}})) +
                             bytes_field(2, external_tensor("i", 2, {}));
  return model(bytes_field(15, sparse) + graph({{node("Relu", {"x"}, {"y"})}, {}, {}, {}}));
}

std::string with_function() {
  return model(graph({{node("f", {"x"}, {"y"}, "local")}, {}, {}, {}}),
               bytes_field(25, bytes_field(1, "f") + bytes_field(7, node("Scan", {}, {}))));
}

// The smallest network with one of each that the streaming engine knows.
std::string small_network() {
  NetworkWriter net(1);
  net.tap(net.pool(net.fire(net.input(1), 1, 1), {2, 2, 0, true}), 0.5f);
  return net.file();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 1;
  std::filesystem::create_directories(argv[1]);
  const std::pair<const char*, std::string> kSeeds[] = {
      {"image", unary_model("Relu", {1, 1, -1, -1})},
      {"features", unary_model("MatMul", {-1, 6})},
      {"forbidden", unary_model("Scan", {1})},
      {"branch", with_branch(2)},
      {"deep", with_branch(9)},
      {"external", with_external("0")},
      {"offset", with_external("-1")},
      {"sparse", with_sparse()},
      {"function", with_function()},
      {"empty", model("")},
      {"network", small_network()}};
  for (const auto& [name, bytes] : kSeeds) {
    std::ofstream file(std::filesystem::path(argv[1]) / name, std::ios::binary);
    if (!(file << bytes)) return 1;
  }
  return 0;
}
