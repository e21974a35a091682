#include "models/model_spec.h"

#include <gtest/gtest.h>

namespace visq {
namespace {

TEST(ModelSpec, NamesAVersionOrAFile) {
  const std::pair<const char*, const char*> kFiles[] = {{"a.json", "a.json"},
                                                        {"path=a", "a"},
                                                        {"folder/model", "folder/model"},
                                                        {"./x=1/a.onnx", "./x=1/a.onnx"},
                                                        {"path=a=b", "a=b"},
                                                        {"path=C\\:\\a.json", "C:\\a.json"},
                                                        {"path=\"a:b.json\"", "a:b.json"},
                                                        {"path=\"a:b.json\":name=vmaf", "a:b.json"},
                                                        {"path=\"a\"b.json", "\"a\"b.json"},
                                                        {"path=\"a.json", "\"a.json"}};
  for (const auto& [text, path] : kFiles) {
    const auto spec = parse_model_spec(text);
    ASSERT_TRUE(spec) << text << ": " << spec.error().message;
    EXPECT_EQ(spec->path, path);
    EXPECT_EQ(spec->version, "");
    EXPECT_EQ(spec->settings.name, "vmaf");
    EXPECT_EQ(spec->named, std::string_view(text).find(":name=") != std::string_view::npos) << text;
    EXPECT_NE(spec->plain, spec->named) << text;
  }
  for (const char* text : {"vmaf_v0.6.1", "version=vmaf_v0.6.1"}) {
    const auto spec = parse_model_spec(text);
    ASSERT_TRUE(spec) << text;
    EXPECT_EQ(spec->version, "vmaf_v0.6.1");
    EXPECT_EQ(spec->path, "");
  }
}

TEST(ModelSpec, SaysHowTheModelIsUsed) {
  const auto spec = parse_model_spec(
      "name=n:disable_clip:version=v:enable_transform=true:vif.a=1.0:adm.b=x=y:vif.c=2");
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->version, "v");
  EXPECT_EQ(spec->settings.name, "n");
  EXPECT_TRUE(spec->settings.disable_clip);
  EXPECT_TRUE(spec->settings.enable_transform);
  EXPECT_FALSE(spec->plain);
  ASSERT_EQ(spec->overloads.size(), 3u);
  EXPECT_EQ(spec->overloads[1].metric, "adm");
  EXPECT_EQ(spec->overloads[1].option, "b");
  EXPECT_EQ(spec->overloads[1].value, "x=y");
  EXPECT_FALSE(parse_model_spec("v:disable_clip=false")->settings.disable_clip);
  EXPECT_TRUE(parse_model_spec("v:disable_transform")->settings.disable_transform);
}

TEST(ModelSpec, RefusesWhatIsNoModel) {
  const std::pair<const char*, const char*> kWrong[] = {
      {"", "is none of version=V, path=P"},
      {"v:", "is none of version=V, path=P"},
      {"v:speed=3", "\"speed\" is none of"},
      {"v:.x=3", "\".x\" is none of"},
      {"v:vif.x", "\"vif.x\" is none of"},
      {"v:disable_clip=1", "disable_clip is true or false, not \"1\""},
      {"disable_clip", "needs either version= or path="},
      {"v:path=p", "needs either version= or path="},
      {"v:name=", "gives an empty name"}};
  for (const auto& [text, reason] : kWrong) {
    const auto spec = parse_model_spec(text);
    ASSERT_FALSE(spec) << text;
    EXPECT_EQ(spec.error().code, EINVAL);
    EXPECT_EQ(spec.error().kind, ErrorKind::usage);
    EXPECT_NE(spec.error().message.find(reason), std::string::npos) << spec.error().message;
  }
}

}  // namespace
}  // namespace visq
