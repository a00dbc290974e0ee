using System.Security.Cryptography;
using System.Text;

namespace Plait.Tests.Transports.Obfs3;

/// <summary>The vectors TV3: made by obfs4proxy's own functions.</summary>
internal static class Vectors
{
    internal const string PublicA =
        "7182eda10659e278b0a37f09959452e05745455b8ebc00890c34473d7fc6f2be211707c76f394172058a43085f7a06e09412951931f8bb05f9016ad45c7cc84e"
        + "685c7396ea5f369fac62e38897ccbf7c1bdc110ab3c434c063e1e61cdf938f0c98d5468fb5b222d3b13930a47f85132d5bcbec84839e9bf2b4f7a7d611ccac8a"
        + "34e14c412b6486fb1a899df840b48a69fc8fb29d21a2a0cfa00fdb407c8ddf8da41ae5667f59d1ac4a8b1c8ffe06b0f9f4d8948208d36d22b8d9e8d193cb4ccd";

    internal const string PublicB =
        "0041af56ed0e44232715ed29563746a26c15dd7cb80e836b7e4bd8b05f4be3fbe278ff0e8c2c43ae2c5ae9324674fb96617493332e170272810dbff08830b832"
        + "629d9025cc3cd7ed557dd473df662fd5f5fcf3197fb6c13cb921b4c9923282c5f51dcf635c90ce0c2d5f277b8ecc7c0dd4afbe45bcdfcdb1de4f5093b663b8ac"
        + "b6c1f6a2d3f9f0945cb10a13f079b1c398aa6544449d71857b24e641ce2ad8540594cf8f6fa9a108b1770c873bc988edbacfe312d8aef594db6d0aa031a6f476";

    internal const string Shared =
        "7b9eeb3a714d880f70b102b5d5a8a435ef29dfbf4699296f2412f1cb5208dffeaf48e236c56ca12b5e2e87673724ad5551ec52e7d8fd084e02b5bdd8c57e14fe"
        + "054602689cefb26a5d7f5930b4d073bbe9f0ba99f21c832bde6ede412e7563e38a707d467d29dc7f386de785d2b78f5fcb73158dd7e6940650be9de591fb7868"
        + "e31723d635eac65a42ea5cf31f80efe1d8742758571ae6fc45ae14d7f6315f39c3f5b8ab185bd60c64c48ed9493fc6b87c82df30af45d659d097d90f2910527f";

    internal const string Init = "09364f045f7617f925adc0671a9880cc070a08ef62f204d06cc9ba4d32ef9727";
    internal const string Resp = "26403252c6bca08a3fcc1f7fae5d1e11f1af8f372f87061f5e5b7ac6ff90904d";
    internal const string InitiatorMagic = "0d2eb5ae0d512f07af6eb658d16506be265f7f51f6bac99c23e79984a960f434";
    internal const string ResponderMagic = "3c835fa4de0d1e155f91d8bc815f13202d265f2532cb47510b8d78f6a958340e";

    /// <summary>What both sides make of <see cref="Text"/>.</summary>
    internal const string InitiatorText = "a01f280a07c8655129c1e1d5a16900bbd94ddc62db5eb2b70826fdb399f0ad05fbbec2bc73c26a7a6eb5";
    internal const string ResponderText = "280c065359fa0956f5531feec1b180fc86104e141f75feb27c0c666f36727ac82f8c20619c2c287a7bf8";

    internal static byte[] Text { get; } = Encoding.ASCII.GetBytes("hello obfs3 world, 40 bytes of CTR stream!");

    /// <summary>SHA-256 of a name with each of the digits 0 to 5, one after the other.</summary>
    internal static byte[] Private(string name) =>
        [.. Enumerable.Range(0, 6).SelectMany(digit => SHA256.HashData(Encoding.ASCII.GetBytes($"{name}{digit}")))];
}
