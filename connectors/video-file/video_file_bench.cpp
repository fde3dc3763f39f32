// video_file_bench [--library PATH] [--config KEY=VALUE]… [--frames N] FILE: plays FILE unpaced through the plugin that
// is built, or through another build's (`--library …/video_file.so`), and prints frames a second and CPU a frame. So
// two builds are compared by the same program, in turn. --any-abi takes one whose ABI stamp differs: sound only where
// SourceTask, SourceTaskContext and SourceRecord are alike.
// video_file_bench: what a frame costs, each way, over footage it makes with ffmpeg; with grain, as smooth test
// patterns flatter every encoder.
#include <dlfcn.h>

#include <chrono>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "fakes/fake_source_context.h"
#include "framespool/plugin.h"
#include "test_video.h"
#include "video_file_source.h"

namespace framespool::video_file {
namespace {

constexpr int kFrames = 150;

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

struct Cost {
  int frames = 0;
  double seconds = 0;
  double cpu_seconds = 0;
  double bytes = 0;
};

using Maker = std::unique_ptr<SourceTask> (*)(const RawConfig&, SourceTaskContext&, void* library);

Maker MakerIn(const std::string& library, bool any_abi) {
  if (library.empty()) {
    return [](const RawConfig& raw, SourceTaskContext& context, void*) -> std::unique_ptr<SourceTask> {
      return std::make_unique<VideoFileSource>(VideoFileSource::Describe().Parse(raw), context);
    };
  }
  void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) throw std::runtime_error(dlerror());
  const auto* plugin = static_cast<const PluginDescriptor*>(dlsym(handle, "framespool_plugin"));
  if (plugin == nullptr || (!any_abi && std::strcmp(plugin->abi_stamp, FRAMESPOOL_ABI_STAMP) != 0))
    throw std::runtime_error(library + " is no connector library of this ABI");
  return plugin->entries[0].make_source;
}

Cost Play(Maker make, RawConfig raw, int most) {
  raw.try_emplace("topic", "frames");
  raw.try_emplace("pace", "unpaced");
  fakes::FakeSourceContext context;
  const auto start = std::chrono::steady_clock::now();
  const double cpu_start = CpuSeconds();
  Cost cost;
  {
    const auto source = make(raw, context, nullptr);
    const auto ended = [&] {
      const auto metrics = context.metrics();
      const auto end = metrics.find("end_of_file");
      return end != metrics.end() && std::get<bool>(end->second);
    };
    while (cost.frames < most && !ended()) {
      for (const SourceRecord& record : source->Poll({})) {
        cost.bytes += static_cast<double>(record.value.size());
        ++cost.frames;
      }
    }
  }
  cost.cpu_seconds = CpuSeconds() - cpu_start;
  cost.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (cost.frames == 0) throw std::runtime_error("no frames");
  return cost;
}

void Print(const std::string& what, const Cost& cost) {
  std::cout << std::left << std::setw(44) << what << std::right << std::fixed << std::setprecision(1) << std::setw(9)
            << cost.frames / cost.seconds << " frames/s" << std::setprecision(3) << std::setw(9)
            << cost.cpu_seconds * 1e3 / cost.frames << " CPU ms" << std::setprecision(0) << std::setw(7)
            << cost.bytes / 1000 / cost.frames << " KB\n";
}

void RunAll() {
  const TestFolder folder;
  const std::string h264 = folder / "h264.mp4";
  const std::string mjpeg = folder / "mjpeg.avi";
  RunFfmpeg("-f lavfi -i testsrc2=s=1280x720:r=30,noise=alls=12:allf=t -frames:v " + std::to_string(kFrames) +
            " -c:v libx264 -preset superfast -pix_fmt yuv420p '" + h264 + "'");
  RunFfmpeg("-i '" + h264 + "' -an -c:v mjpeg -q:v 4 '" + mjpeg + "'");
  const Maker make = MakerIn("", false);
  Print("720p H.264 to JPEG q80", Play(make, {{"file", h264}}, kFrames));
  Print("720p H.264 to JPEG q80, width=640", Play(make, {{"file", h264}, {"width", "640"}}, kFrames));
  Print("720p H.264 to PNG", Play(make, {{"file", h264}, {"format", "png"}}, kFrames));
  Print("720p Motion JPEG to JPEG q80", Play(make, {{"file", mjpeg}, {"format", "jpeg"}}, kFrames));
  Print("720p Motion JPEG, passed through", Play(make, {{"file", mjpeg}}, kFrames));
}

void Run(const std::vector<std::string>& arguments) {
  std::string library;
  bool any_abi = false;
  int most = 1'000'000;
  RawConfig raw;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const auto value = [&] {
      if (i + 1 == arguments.size()) throw std::runtime_error(argument + " wants a value");
      return arguments[++i];
    };
    if (argument == "--library") {
      library = value();
    } else if (argument == "--any-abi") {
      any_abi = true;
    } else if (argument == "--frames") {
      most = std::stoi(value());
    } else if (argument == "--config") {
      const std::string pair = value();
      raw[pair.substr(0, pair.find('='))] = pair.substr(std::min(pair.find('='), pair.size() - 1) + 1);
    } else {
      raw["file"] = argument;
    }
  }
  if (raw.empty()) return RunAll();
  Print(library.empty() ? "this build" : library, Play(MakerIn(library, any_abi), raw, most));
}

}  // namespace
}  // namespace framespool::video_file

int main(int argc, char** argv) {
  try {
    framespool::video_file::Run({argv + 1, argv + argc});
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "video_file_bench: " << error.what() << "\n";
    return 1;
  }
}
