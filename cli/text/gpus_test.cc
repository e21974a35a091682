#include "cli/text/gpus.h"

#include <gtest/gtest.h>

#include "tests/support/temp_folder.h"

namespace visq::cli {
namespace {

using Words = std::vector<std::string>;

class GpuFiles : public test::InTempFolder {
 protected:
  void card(const std::string& name, const std::string& vendor, const std::string& device) const {
    write("sys/class/drm/" + name + "/device/vendor", vendor);
    write("sys/class/drm/" + name + "/device/device", device);
  }
  void nvidia(const std::string& address, const std::string& information) const {
    write("proc/driver/nvidia/gpus/" + address + "/information", information);
  }
  Words names() const { return list_gpus(folder_.string()); }
};

TEST_F(GpuFiles, VendorsAreNamedByTheirNumbers) {
  card("card0", "0x10de\n", "0x2684\n");
  card("card1", "0x8086\n", "0x56a0\n");
  card("card2", "0x1002", "0x744c");
  card("card3", "0x1af4\n", "0x1050\n");
  EXPECT_EQ(names(), (Words{"NVIDIA, device 0x2684", "Intel, device 0x56a0", "AMD, device 0x744c",
                            "vendor 0x1af4, device 0x1050"}))
      << "without the driver, a card of NVIDIA's has its number only";
}

TEST_F(GpuFiles, WithoutTheDriverCardsOfOneVendorHideNoOther) {
  card("card0", "0x8086\n", "0x56a0\n");
  card("card1", "0x10de\n", "0x2684\n");
  card("card2", "0x10de\n", "0x2330\n");
  EXPECT_EQ(names(),
            (Words{"Intel, device 0x56a0", "NVIDIA, device 0x2684", "NVIDIA, device 0x2330"}));
}

TEST_F(GpuFiles, OnlyCardsCount) {
  card("card", "0x1002\n", "0x1\n");
  card("card0x", "0x1002\n", "0x2\n");
  card("renderD128", "0x1002\n", "0x3\n");
  write("sys/class/drm/card7/device/device", "0x4\n");
  EXPECT_EQ(names(), Words{}) << "card7 has no vendor: it is a virtual one";
}

TEST_F(GpuFiles, NamesComeFromTheDriver) {
  nvidia("0000:17:00.0", "IRQ: 3\nModel:NVIDIA A100\n");
  nvidia("0000:ca:00.0", "Modell: wrong\n");
  nvidia("0000:cb:00.0", "Model: " + std::string(300, 'x') + "\n");
  EXPECT_EQ(names(), (Words{"NVIDIA A100", "an NVIDIA GPU without a name", std::string(100, 'x')}))
      << "a name of any length does not flood the list";
}

}  // namespace
}  // namespace visq::cli
