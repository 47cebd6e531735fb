// swift-tools-version: 6.1
// A package of somebody else, which depends on this one as others do, but by path.
import PackageDescription

let package = Package(
  name: "downstream",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "chat-broker", path: "../..")
  ],
  targets: [
    .executableTarget(
      name: "downstream",
      dependencies: [.product(name: "ChatClient", package: "chat-broker")])
  ]
)
