#pragma once

#include <vector>

#include "framespool/media/colour.h"

struct AVFrame;

namespace framespool::media {

/// Makes pictures for today's screens of PQ and HLG ones. The rule (README): light is measured in shares of 203 cd/m²,
/// the white of a page; up to 0.6 of it stays, what is brighter is bent so that 1000 cd/m² become the brightest white;
/// BT.2020 colours become BT.709's, and what those cannot show is cut off. Used by one thread.
class HdrToSdr {
 public:
  HdrToSdr();
  /// `frame` is YUV 4:2:0 of 10 bits in 16 (AV_PIX_FMT_YUV420P10), coded as `code` and, by its transfer, PQ or HLG.
  void Convert(const AVFrame& frame, const ColourCode& code, PlaneBuffer& out) const;

  /// Light, in shares of white, as it is shown: from 0 to 1.
  static double Bend(double light);
  /// PQ's and HLG's light of one number from 0 to 1, in shares of white; HLG's of a grey.
  static double LightOfPq(double number);
  static double LightOfHlg(double number);

 private:
  struct Light {
    float red, green, blue;
  };
  Light Shown(const Light& number, bool hlg, bool wide) const;

  std::vector<float> pq_;    // light of a number
  std::vector<float> hlg_;   // the scene's light of a number
  std::vector<float> bend_;  // by what light is to be multiplied
  std::vector<float> srgb_;  // number, of the root of light
};

}  // namespace framespool::media
