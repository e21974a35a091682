#include "dnn/store/signature.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "dnn/store/program.h"
#include "tests/support/temp_folder.h"

namespace visq {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// A model, a registry and a bundle in one folder; PATH is another folder, with a cosign of our own
// or none.
class Signatures : public test::InTempFolder {
 protected:
  void SetUp() override {
    fs::create_directories(folder_ / "bin");
    model_ = write("a.onnx", "a model");
    bundle_ = write("a.onnx.sigstore.json", "{}");
    registry_ = write("registry.json", registry(R"("sigstore_bundle": "a.onnx.sigstore.json")"));
    old_path_ = std::getenv("PATH");
    set_path((folder_ / "bin").string());
  }
  void TearDown() override { set_path(old_path_); }
  static void set_path(const std::string& path) { ::setenv("PATH", path.c_str(), 1); }
  static std::string registry(const std::string& more) {
    return fmt::format(R"({{"models": [{{"id": "a", "onnx": "a.onnx", "sha256": "{}", {}}}]}})",
                       std::string(64, '0'), more);
  }
  // A shell script as cosign; it writes its arguments down first, one a line.
  void cosign(const std::string& script) const {
    write("bin/cosign", fmt::format("#!/bin/sh\nfor word; do echo \"$word\"; done >{}\n{}\n",
                                    (folder_ / "arguments").string(), script));
    fs::permissions(folder_ / "bin/cosign", fs::perms::owner_all);
  }
  std::string arguments() const {
    std::ifstream file(folder_ / "arguments");
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  Error verify(std::chrono::milliseconds patience = 20s) const {
    const Status status = verify_signature(model_, registry_, patience);
    return status ? Error{0, ""} : status.error();
  }

  std::string model_, bundle_, registry_, old_path_;
};

TEST_F(Signatures, AcceptedByCosign) {
  cosign("exit 0");
  EXPECT_EQ(verify().code, 0) << verify().message;
  EXPECT_EQ(arguments(), fmt::format("verify-blob\n--bundle\n{}\n{}\n", bundle_, model_));
}

TEST_F(Signatures, RejectedByCosignWithItsReason) {
  cosign("echo 'Error: bundle does not verify' >&2; echo second; exit 3");
  const Error error = verify();
  EXPECT_EQ(error.code, EPROTO);
  for (const char* part : {"a.onnx", "exit status 3", "bundle does not verify second"})
    EXPECT_NE(error.message.find(part), std::string::npos) << error.message;
  EXPECT_EQ(error.message.find('\n'), std::string::npos) << "one sentence";
}

TEST_F(Signatures, ACosignThatDiesRejects) {
  cosign("kill -9 $$");
  EXPECT_EQ(verify().code, EPROTO);
  cosign("exit 127");
  EXPECT_EQ(verify().code, EPROTO) << "it ran: 127 is its own";
}

TEST_F(Signatures, NoCosign) {
  EXPECT_EQ(verify().code, EACCES);
  EXPECT_NE(verify().message.find("PATH"), std::string::npos);
  write("bin/cosign", "#!/bin/sh\nexit 0\n");
  fs::permissions(folder_ / "bin/cosign", fs::perms::owner_read);
  EXPECT_EQ(verify().code, EACCES) << "not a program";
  fs::remove(folder_ / "bin/cosign");
  fs::create_directories(folder_ / "bin/cosign");
  EXPECT_EQ(verify().code, EACCES) << "a folder";
}

TEST_F(Signatures, ACosignInTheCurrentFolderIsNoCosign) {
  cosign("exit 0");
  const fs::path before = fs::current_path();
  fs::current_path(folder_ / "bin");
  for (const char* path : {"", ".", ":", "relative/folder"}) {
    set_path(path);
    EXPECT_EQ(verify().code, EACCES) << "PATH=" << path;
  }
  fs::current_path(before);
  EXPECT_EQ(arguments(), "") << "it was never run";
}

TEST_F(Signatures, ACosignThatHangsIsStoppedWithWhatItStarted) {
  const std::string mark = (folder_ / "late").string();
  set_path((folder_ / "bin").string() + ":" + old_path_);
  cosign(fmt::format("(sleep 3; echo >{}) & sleep 30", mark));
  const Error error = verify(300ms);
  EXPECT_EQ(error.code, ETIMEDOUT);
  EXPECT_NE(error.message.find("300 ms"), std::string::npos) << error.message;
  ::usleep(3500000);
  EXPECT_FALSE(fs::exists(mark)) << "its child lived on";
}

TEST_F(Signatures, ACosignThatClosesItsOutputsAndHangsIsStopped) {
  set_path((folder_ / "bin").string() + ":" + old_path_);
  cosign("exec >&- 2>&-; sleep 30");
  EXPECT_EQ(verify(300ms).code, ETIMEDOUT);
}

TEST_F(Signatures, ACosignThatWritesWithoutEndIsHeard) {
  cosign("yes | head -c 1000000; exit 1");
  set_path((folder_ / "bin").string() + ":" + old_path_);
  EXPECT_EQ(verify().code, EPROTO) << "its pipe is read to the end";
  EXPECT_LT(verify().message.size(), 1000u);
}

TEST_F(Signatures, AKeyOfOnesOwnStandsForTheSigner) {
  cosign("exit 0");
  ::setenv("VISQ_COSIGN_KEY", "/keys/mine.pub", 1);
  EXPECT_EQ(verify().code, 0);
  ::unsetenv("VISQ_COSIGN_KEY");
  EXPECT_EQ(arguments(),
            fmt::format("verify-blob\n--bundle\n{}\n--key\n/keys/mine.pub\n{}\n", bundle_, model_));
}

TEST_F(Signatures, QuantisedFilesAndExternalDataHaveBundlesOfTheirOwn) {
  cosign("exit 0");
  const std::string data = fmt::format(
      R"("sigstore_bundle": "b", "external_data": {{"w.bin": "{}"}})", std::string(64, '1'));
  write("registry.json", registry(data));
  for (const char* name : {"a.int8.onnx", "w.bin"}) {
    model_ = write(name, "more of the model");
    EXPECT_EQ(verify().code, ENOENT) << name;
    const std::string bundle = write(std::string(name) + ".sigstore.json", "{}");
    EXPECT_EQ(verify().code, 0) << verify().message;
    EXPECT_EQ(arguments(), fmt::format("verify-blob\n--bundle\n{}\n{}\n", bundle, model_));
  }
}

TEST_F(Signatures, NoBundleNoModelNoRegistry) {
  cosign("exit 0");
  fs::remove(bundle_);
  EXPECT_EQ(verify().code, ENOENT);
  EXPECT_NE(verify().message.find("a.onnx.sigstore.json"), std::string::npos);
  write("registry.json", registry(R"("license": "MIT")"));
  EXPECT_EQ(verify().code, ENOENT) << "names none";
  write("registry.json", R"({"models": []})");
  EXPECT_EQ(verify().code, ENOENT) << "does not list the model";
  write("registry.json", "{");
  EXPECT_EQ(verify().code, EBADMSG);
  fs::remove(registry_);
  EXPECT_EQ(verify().code, ENOENT);
  fs::remove(model_);
  EXPECT_EQ(verify().code, ENOENT);
  EXPECT_EQ(arguments(), "") << "cosign was never asked";
}

TEST_F(Signatures, ABundleOutsideTheFolderIsRefused) {
  cosign("exit 0");
  for (const char* bundle : {"../a.onnx.sigstore.json", "/etc/passwd", "x/../../y"}) {
    write("registry.json", registry(fmt::format(R"("sigstore_bundle": "{}")", bundle)));
    EXPECT_EQ(verify().code, EBADMSG) << bundle;
  }
  EXPECT_EQ(arguments(), "");
}

TEST_F(Signatures, TheRegistryNamesTheSigner) {
  cosign("exit 0");
  write("registry.json",
        registry(
            R"("sigstore_bundle": "a.onnx.sigstore.json", "sigstore_identity": "me@example.org",
              "sigstore_issuer": "https://example.org")"));
  EXPECT_EQ(verify().code, 0);
  EXPECT_EQ(arguments(), fmt::format("verify-blob\n--bundle\n{}\n--certificate-identity\nme@"
                                     "example.org\n--certificate-oidc-issuer\n"
                                     "https://example.org\n{}\n",
                                     bundle_, model_));
}

TEST_F(Signatures, NamesAreNeitherShellNorOptions) {
  cosign("exit 0");
  const std::string name = "--key=$(touch stolen);'.onnx";
  model_ = write(name, "a model");
  write("registry.json", fmt::format(
                             R"({{"models": [{{"id": "a", "onnx": "{}", "sha256": "{}",
              "sigstore_bundle": "a.onnx.sigstore.json"}}]}})",
                             name, std::string(64, '0')));
  const fs::path before = fs::current_path();
  fs::current_path(folder_);
  model_ = name;
  EXPECT_EQ(verify().code, 0) << verify().message;
  EXPECT_FALSE(fs::exists("stolen"));
  fs::current_path(before);
  EXPECT_EQ(arguments(),
            fmt::format("verify-blob\n--bundle\n{}\n{}/{}\n", bundle_, folder_.string(), name))
      << "an absolute path, in one piece";
}

TEST(Programs, GetNothingToRead) {
  const auto end = run_program({"/bin/sh", "-c", "cat; echo seen"}, 20s);
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(end->words, "seen\n");
  EXPECT_EQ(run_program({"/nowhere/at/all"}, 1s).error().code, EACCES);
}

}  // namespace
}  // namespace visq
