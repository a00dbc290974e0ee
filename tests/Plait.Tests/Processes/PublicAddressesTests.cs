using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Plait.Processes;
using Xunit;

namespace Plait.Tests.Processes;

/// <summary>Where chains listened, across starts.</summary>
public sealed class PublicAddressesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("plait-addresses-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Resolve_PortLeftOpen_IsThatOfTheFirstStart()
    {
        Open().Remember("a", At("0.0.0.0:4711"), At("0.0.0.0:4711"));
        Assert.Equal(At("0.0.0.0:4711"), Open().Resolve("a", At("0.0.0.0:0")));
        Assert.Equal(At("0.0.0.0:0"), Open().Resolve("b", At("0.0.0.0:0")));
        Assert.Equal(At("0.0.0.0:443"), Open().Resolve("a", At("0.0.0.0:443"))); // tor has an opinion
        Assert.Equal(At("[::]:0"), Open().Resolve("a", At("[::]:0"))); // another address than it was
    }

    /// <summary>tor gives back what was announced (M24), and webtunnel invents that (R1).</summary>
    [Fact]
    public void Resolve_AnInventedAddress_IsWhereItListened()
    {
        Open().Remember("a", At("127.0.0.1:4711"), At("[2001:db8::7]:443"));
        Assert.Equal(At("127.0.0.1:4711"), Open().Resolve("a", At("[2001:db8::7]:443")));
    }

    [Fact]
    public void Announced_ListeningWhereItDid_IsWhatItAnnounced()
    {
        Open().Remember("a", At("127.0.0.1:4711"), At("[2001:db8::7]:443"));
        Assert.Equal(At("[2001:db8::7]:443"), Open().Announced("a", At("127.0.0.1:4711")));
        Assert.Null(Open().Announced("a", At("127.0.0.1:4712")));
        Assert.Null(Open().Announced("b", At("127.0.0.1:4711")));
    }

    [Theory]
    [InlineData("a 127.0.0.1:4711\n")]
    [InlineData("a 127.0.0.1 127.0.0.1:1\n")]
    [InlineData("../a 127.0.0.1:4711 127.0.0.1:4711\n")]
    public void Open_ALineThatIsNone_IsNotRead(string text)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "server.addresses"), text);
        Assert.Equal(At("127.0.0.1:0"), Open().Resolve("a", At("127.0.0.1:0")));
    }

    [Fact]
    public void Remember_File_IsForOurUserAlone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Unix modes");
            return;
        }

        Open().Remember("a", At("127.0.0.1:4711"), At("127.0.0.1:4711"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder.FullName, "server.addresses")));
    }

    private PublicAddresses Open() => new(_folder.FullName, NullLogger.Instance);

    private static IPEndPoint At(string text) => IPEndPoint.Parse(text);
}
