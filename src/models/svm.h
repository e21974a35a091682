// Nu-SVR with a radial basis function kernel, as libsvm writes it (Chang and Lin, "LIBSVM: a
// library for support vector machines", 2011).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace visq {

class Svm {
 public:
  // The text of a libsvm model file over `dimensions` features. -EINVAL names what is wrong.
  static Result<Svm> parse(std::string_view text, std::size_t dimensions);

  // sum of coefficient * exp(-gamma * |x - support vector|^2) over the support vectors in file
  // order, minus rho. x has `dimensions` values.
  double predict(std::span<const double> x) const;

  std::size_t dimensions() const { return dimensions_; }
  std::size_t support_vectors() const { return coefficients_.size(); }

 private:
  Status parse_header_line(std::string_view line);
  Status parse_vector(std::string_view line);

  std::size_t dimensions_ = 0;
  std::size_t expected_ = 0;  // total_sv
  double gamma_ = 0, rho_ = 0;
  bool is_nu_svr_ = false, is_rbf_ = false;
  std::vector<double> coefficients_;
  std::vector<double> vectors_;  // row by row; what a file leaves out is 0
};

}  // namespace visq
