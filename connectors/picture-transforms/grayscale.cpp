#include "grayscale.h"

#include <opencv2/imgproc.hpp>

#include "record_picture.h"

namespace framespool::picture_transforms {

const ConfigDef<Grayscale::Config>& Grayscale::Describe() {
  static const ConfigDef<Config> def;
  return def;
}

bool Grayscale::Apply(RecordRef record) {
  if (record.value.is_null()) return true;
  RecordPicture picture("Grayscale", record);
  cv::Mat gray = picture.ReadGray();
  if (gray.channels() != 1) {
    cv::Mat made;
    cv::cvtColor(gray, made, cv::COLOR_BGR2GRAY);
    gray = made;
  }
  picture.Put(gray);
  return true;
}

}  // namespace framespool::picture_transforms
