#include "dnn/stream/operator.h"

#include <algorithm>

namespace visq::stream {

std::span<const OperatorKind* const> operator_kinds() {
  static constexpr const OperatorKind* kAll[] = {&kWinogradOperator, &kConvOperator,
                                                 &kMaxPoolOperator, &kL2PoolOperator};
  return kAll;
}

const OperatorKind& operator_kind(const Layer& layer) {
  const auto kinds = operator_kinds();
  return **std::find_if(kinds.begin(), kinds.end(),
                        [&](const OperatorKind* kind) { return kind->suits(layer); });
}

}  // namespace visq::stream
