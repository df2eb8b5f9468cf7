// swift-tools-version:5.9
import PackageDescription

let package = Package(
    name: "ContextDrag",
    platforms: [.iOS(.v15), .macOS(.v12)],
    // Not called ContextDrag: a type of that name would hide the module that others are looked up in.
    products: [.library(name: "ContextDragClient", targets: ["ContextDragClient"])],
    targets: [.target(name: "ContextDragClient")]
)
