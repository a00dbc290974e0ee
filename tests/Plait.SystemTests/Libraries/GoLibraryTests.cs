using System.Net.Sockets;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;

namespace Plait.SystemTests.Libraries;

/// <summary>
/// A transport in Go with goptlib, examples/library-go, as a shared library with the runtime of Go in it. Part of ./test --all (PLAIT_GO=1):
/// Debian's Go is large, and takes a minute to compile its own packages.
/// </summary>
public sealed class GoLibraryTests : IDisposable
{
    private const string Packages = "/usr/share/gocode"; // golang-goptlib-dev

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("plait-go-");

    [Fact]
    public async Task Open_ChainsOfALibraryInGo_CarryBytesAndClientAddresses()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("PLAIT_GO") == "1", "a library in Go is compiled by ./test --all, or where PLAIT_GO is 1");
        string library = await BuildAsync();
        string[] chains = ["flip", "flip_obfs4", "obfs3_flip"];
        string plaitrc = Plaitrc.Obfs4Proxy($"ClientTransportPlugin flip library {library}", $"ServerTransportPlugin flip library {library}");
        await using (ChainPair pair = await ChainPair.StartAsync(plaitrc, chains))
        {
            foreach (string chain in chains)
            {
                using Socket socket = await pair.OpenAsync(chain);
                await PtPair.AssertEchoAsync(socket, 1 << 20);
                socket.Shutdown(SocketShutdown.Send);
                Assert.Equal(0, await socket.ReceiveAsync(new byte[1]).Within($"the end of {chain}"));
            }

            await pair.WaitForNothingLeftAsync();
        }

        await using ChainPair telling = await ChainPair.StartAsync(plaitrc, ["flip"], tellsAddress: true);
        using Socket told = await telling.OpenAsync("flip");
        await told.WriteAllAsync("?"u8.ToArray());
        byte[] address = new byte[64];
        int count = await told.ReceiveAsync(address).Within("the client's address");
        Assert.StartsWith("127.", System.Text.Encoding.ASCII.GetString(address, 0, count), StringComparison.Ordinal); // by the Extended ORPort
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<string> BuildAsync()
    {
        if (!Directory.Exists(Path.Combine(Packages, "src", "git.torproject.org", "pluggable-transports", "goptlib.git")))
        {
            Programs.SkipOrFail("goptlib is not installed: apt-get install golang-goptlib-dev");
        }

        Programs.Require("cc");
        string library = Path.Combine(_folder.FullName, "libflip.so");
        await using RunningProgram go = RunningProgram.Start(
            "/bin/sh",
            ["-c", "cd \"$0\" && exec \"$@\"", Path.Combine(PlaitProgram.RepositoryRoot, "examples", "library-go"),
                Programs.Require("go"), "build", "-buildmode=c-shared", "-o", library, "."],
            new Dictionary<string, string?> { ["GO111MODULE"] = "off", ["GOPATH"] = Packages, ["GOCACHE"] = Path.Combine(_folder.FullName, "cache"), ["GOFLAGS"] = null });
        int code = await go.WaitForExitAsync(TimeSpan.FromMinutes(5));
        await go.StreamsEnded.Within("the end of Go's streams");
        Assert.True(code == 0, string.Join('\n', go.ErrorLines));
        return library;
    }
}
