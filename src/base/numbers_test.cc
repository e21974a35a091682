#include "base/numbers.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace visq {
namespace {

TEST(Numbers, RealOnesAreWhatStrtodTakes) {
  const std::pair<const char*, double> kNumbers[] = {
      {"0.25", 0.25}, {" \t1", 1},         {"+1", 1},         {"-1.5", -1.5},
      {".5", 0.5},    {"1.", 1},           {"1e3", 1000},     {"1E-2", 0.01},
      {"0x10", 16},   {"-0x1p-3", -0.125}, {"inf", INFINITY}, {"-Infinity", -INFINITY},
      {"0.1", 0.1},   {"0x.8P1", 1}};
  for (const auto& [text, number] : kNumbers) {
    EXPECT_EQ(parse_number<double>(text), number) << text;
    EXPECT_EQ(std::strtod(text, nullptr), number) << text;
  }
  EXPECT_TRUE(std::isnan(parse_number<double>("nan").value()));
}

TEST(Numbers, TheWholeTextIsOne) {
  for (const char* text : {"", " ", "+", "-", "1 ", "1,5", "1x", "x1", "+-1", "--1", "1e", "0x",
                           "0x-1", "0xg", "0xinf", "1 2", "1e999", "1e-999"})
    EXPECT_FALSE(parse_number<double>(text)) << '"' << text << '"';
  for (const char* text : {"", "1.0", "1e3", "0x10", "9223372036854775808"})
    EXPECT_FALSE(parse_number<std::int64_t>(text)) << '"' << text << '"';
  EXPECT_FALSE(parse_number<unsigned>("-1"));
}

TEST(Numbers, WholeOnesAreDecimal) {
  EXPECT_EQ(parse_number<std::int64_t>("-9223372036854775808"),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parse_number<int>(" +010"), 10);
}

}  // namespace
}  // namespace visq
