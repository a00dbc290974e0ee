using System.Diagnostics;
using System.Net.Sockets;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.SystemTests.Secrecy;

namespace Plait.SystemTests.Libraries;

/// <summary>Transports of shared libraries as hops: in processes of their own, and in this one.</summary>
public sealed class LibraryTests(ITestOutputHelper output) : IDisposable
{
    private const int Mebibyte = 1 << 20;

    // The sample does not speak the Extended ORPort; a process of its own for each place then, from the first start on.
    private static readonly string[] s_orPort = ["ServerTransportJoint xor orport", "ServerTransportJoint rot orport"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("plait-library-");

    /// <summary>Two transports of one library, alone, with each other, and with programs and a part of Plait on both sides of them.</summary>
    [Theory]
    [InlineData("library", "")]
    [InlineData("library-in-process", "")]
    [InlineData("library", Plaitrc.ForceShim)]
    [InlineData("library-in-process", Plaitrc.InFront)]
    public async Task Open_ChainsOfLibraries_CarryBytesAndEndsOfWriting(string kind, string more)
    {
        string library = await CompiledLibraries.SampleAsync();
        await using ChainPair pair = await ChainPair.StartAsync(
            Plaitrc.Obfs4Proxy([$"ClientTransportPlugin xor,rot {kind} {library}", $"ServerTransportPlugin xor,rot {kind} {library}", "ServerTransportOptions xor key=90", .. s_orPort, more]),
            ["xor", "xor_rot", "obfs3_xor_b64_obfs4", "rot_obfs4_xor"]);

        foreach (string chain in new[] { "xor", "xor_rot", "obfs3_xor_b64_obfs4", "rot_obfs4_xor" })
        {
            output.WriteLine(chain);
            using Socket socket = await pair.OpenAsync(chain);
            await PtPair.AssertEchoAsync(socket, Mebibyte);
            socket.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await socket.ReceiveAsync(new byte[1]).Within($"the end of {chain}"));
        }

        Assert.Contains(pair.BridgeChain("xor").Arguments, argument => argument is { Key: "key", Value: "90" });
        await pair.WaitForNothingLeftAsync();
    }

    /// <summary>One line is one process, with all of its transports; in process it is none.</summary>
    [Theory]
    [InlineData("library", 1)]
    [InlineData("library-in-process", 0)]
    public async Task Start_SeveralTransportsOfALine_AreOneProcess(string kind, int processes)
    {
        const string secret = "hidden-in-the-options";
        SecretsInUse.Add("an option", secret);
        string library = await CompiledLibraries.SampleAsync();
        string plaitrc = WriteFile("plaitrc", $"""
            ServerTransportPlugin xor,rot {kind} {library} plait_transport
            ServerTransportOptions xor key=90,note={secret}
            ServerTransportWire * plait
            """);
        await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
        await using PtHost bridge = PtHost.StartServer(PlaitProgram.Path, ["-f", plaitrc], tor, "xor", "rot");
        await bridge.WaitForDoneAsync();

        string[] words = [.. ProcessTree.Descendants(bridge.Program.Id).Select(ProcessTree.CommandLine)];
        Assert.Equal(processes, words.Count(line => line.Contains("library-host", StringComparison.Ordinal)));
        Assert.DoesNotContain(words, line => line.Contains(secret, StringComparison.Ordinal));
        Assert.DoesNotContain(bridge.Lines.Snapshot(), line => line.StartsWith("LOG ", StringComparison.Ordinal) && line.Contains(secret, StringComparison.Ordinal));
        Assert.Equal(0, await bridge.CloseStdinAndWaitAsync());
    }

    /// <summary>In a process of its own in either case: a crash would end the check.</summary>
    [Theory]
    [InlineData("library", "")]
    [InlineData("library-in-process", " (in process)")]
    public async Task Check_Start_AsksTheLibraryInAProcess(string kind, string where)
    {
        string good = await CompiledLibraries.SampleAsync(), bad = await CompiledLibraries.MisbehavingAsync();
        string plaitrc = WriteFile("plaitrc", $"ClientTransportPlugin xor,rot {kind} {good}\nServerTransportPlugin crash {kind} {bad} crashes");

        PlaitUse use = await PlaitUse.RunAsync(["check", plaitrc, "--start"]);

        Assert.Equal(1, use.ExitCode);
        Assert.Contains($"  0  xor  {good}{where}  proxy, or dials the network itself", use.Output);
        Assert.Contains(use.Output, line => line.StartsWith("  client  libxor.so", StringComparison.Ordinal) && line.EndsWith("ms  offers xor, rot; takes a proxy", StringComparison.Ordinal));
        Assert.Contains("bridge: libmisbehaving.so ended during its start with signal 11", Assert.Single(use.Errors), StringComparison.Ordinal);
    }

    /// <summary>What a library prints by itself is no line of pt-spec.</summary>
    [Fact]
    public async Task Start_LibraryPrintsToStdout_IsNotHeard()
    {
        string library = await CompiledLibraries.MisbehavingAsync();
        await using ChainPair pair = await ChainPair.StartAsync(
            $"ClientTransportPlugin xor library {library} chattering\nServerTransportPlugin xor library {library} chattering\n{Plaitrc.Patient}\n", ["xor"]);

        await pair.AssertEchoesAsync("xor");
    }

    /// <summary>A null pointer is dereferenced on one side and then on the other. Other chains go on, and those of the library come back.</summary>
    [Fact]
    public async Task Crash_OfALibraryInItsProcess_CostsItsOwnChainsAlone()
    {
        string library = await CompiledLibraries.MisbehavingAsync();
        string[] pipes = [Path.Combine(_folder.FullName, "client"), Path.Combine(_folder.FullName, "bridge")];
        await using ChainPair pair = await ChainPair.StartAsync($"""
            ClientTransportPlugin xor library {library} crashing {pipes[0]}
            ServerTransportPlugin xor library {library} crashing {pipes[1]}
            ClientTransportPlugin rot library {library}
            ServerTransportPlugin rot library {library}
            {Plaitrc.Patient}

            """, ["xor", "rot", "rot_xor"]);
        using Socket other = await pair.OpenAsync("rot");
        await pair.AssertEchoesAsync("xor", "rot_xor");

        foreach (string pipe in pipes)
        {
            using Socket own = await pair.OpenAsync("xor");
            await PtPair.AssertEchoAsync(own);
            int ends = Ends(pair);
            long crashed = Stopwatch.GetTimestamp();
            await File.WriteAllTextAsync(pipe, "");

            await Deadline.PollAsync(() => Ends(pair) > ends ? "it" : null, "the crash is reported", details: pair.Log.Tail);
            await AssertEndsAsync(own);
            await OpensAgainAsync(pair, "xor").Within("the chain works again", details: pair.Log.Tail);
            output.WriteLine($"back {Stopwatch.GetElapsedTime(crashed).TotalMilliseconds:0} ms after the crash");
            await OpensAgainAsync(pair, "rot_xor").Within("the other chain works again", details: pair.Log.Tail); // on the bridge another process
            await pair.AssertEchoesAsync("xor", "rot_xor", "rot");
            await PtPair.AssertEchoAsync(other);
        }
    }

    /// <summary>A call in process leaves nothing: no descriptor, no thread.</summary>
    [Fact]
    public async Task Dispose_LibraryInProcess_LeavesNothing()
    {
        string library = await CompiledLibraries.SampleAsync();
        string plaitrc = $"ClientTransportPlugin xor,rot library-in-process {library}\nServerTransportPlugin xor,rot library-in-process {library}\n{Plaitrc.Patient}\n";
        await OnceAsync();
        int descriptors = ProcessTree.DescriptorCount(Environment.ProcessId);

        await OnceAsync();

        await Deadline.PollAsync(
            () => ProcessTree.DescriptorCount(Environment.ProcessId) <= descriptors ? "back" : null,
            $"{descriptors} descriptors", details: () => $"{ProcessTree.DescriptorCount(Environment.ProcessId)} descriptors");
        Assert.DoesNotContain(Directory.GetDirectories("/proc/self/task"), task => NameOf(task) == "Plait library");

        async Task OnceAsync()
        {
            await using ChainPair pair = await ChainPair.StartAsync(plaitrc, ["xor_rot"]);
            await pair.AssertEchoesAsync("xor_rot");
            using Socket open = await pair.OpenAsync("xor_rot"); // the end of the library ends it
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm")).Trim();
        }
        catch (IOException)
        {
            return ""; // it has just ended
        }
    }

    private static int Ends(ChainPair pair) => pair.Log.Snapshot().Count(line => line.Contains("ended with signal 11", StringComparison.Ordinal));

    private static async Task AssertEndsAsync(Socket socket)
    {
        try
        {
            Assert.Equal(0, await socket.ReceiveAsync(new byte[1]).Within("the end of the crashed library's connection"));
        }
        catch (SocketException)
        {
            // A reset is an end, too.
        }
    }

    private static async Task OpensAgainAsync(ChainPair pair, string chain)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            try
            {
                await pair.AssertEchoesAsync(chain);
                return;
            }
            catch (Exception e) when (e is SocksRefusedException or SocketException or EndOfStreamException)
            {
                await pace.WaitForNextTickAsync();
            }
        }
    }

    private string WriteFile(string name, string text)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text + "\n");
        return path;
    }
}
