using System.Net;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Tests.Support;
using Plait.Wire.Pt;
using Xunit;

namespace Plait.Tests.Processes;

/// <summary>What is made of a program's reason for a transport that it does not offer.</summary>
public sealed class StartWordsTests : IDisposable
{
    private readonly TemporaryFolder _state = new();

    /// <summary>A file that cannot be opened is no port that cannot be listened on; nor is port 0 one that takes a capability.</summary>
    [Theory]
    [InlineData(443, "open /var/lib/pt/keys: permission denied")]
    [InlineData(0, "listen tcp 0.0.0.0:0: bind: permission denied")]
    public void Refused_PermissionThatIsNoLowPorts_IsTheProgramsOwnReason(int port, string why)
    {
        Assert.StartsWith("pt refuses t: ", Refused(port, why).Text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Refused_BindOfALowPort_TakesACapability()
    {
        Assert.StartsWith("pt may not listen on port 443: ", Refused(443, "listen tcp 0.0.0.0:443: bind: permission denied").Text.ToString(), StringComparison.Ordinal);
    }

    /// <summary>The port is the one that the program names: it may listen besides, as snowflake's server does for certificates.</summary>
    [Theory]
    [InlineData("listen tcp :80: bind: address already in use", "pt cannot listen: another program has the port 80; find and stop it: sudo ss -ltnp sport = :80")]
    [InlineData("listen tcp6 [2001:db8::1]:443: bind: address already in use", "pt cannot listen: another program has the port 443; find and stop it: sudo ss -ltnp sport = :443")]
    [InlineData("Address already in use (os error 98)", "pt cannot listen: another program has the port 443; find and stop it: sudo ss -ltnp sport = :443")]
    [InlineData("listen tcp 192.0.2.1:443: bind: cannot assign requested address", "pt cannot listen: the address that ServerTransportListenAddr names is none of this machine; write an address of this machine in ServerTransportListenAddr")]
    public void Refused_PortIsTaken_NamesThePortOfTheProgramsWords(string why, string expected)
    {
        Assert.Equal(expected, Refused(443, why).Sentence.ToString());
    }

    [Theory]
    [InlineData("listen tcp :80: bind: permission denied", "pt may not listen on port 80: ")]
    [InlineData("listen tcp 192.0.2.1:80: bind: cannot assign requested address", "pt refuses t: ")] // no address of ServerTransportListenAddr
    public void Refused_AnotherListener_IsNotTakenForTheBridges(string why, string start)
    {
        Assert.StartsWith(start, Refused(443, why).Text.ToString(), StringComparison.Ordinal);
    }

    /// <summary>What a file held before is not lost with these: its bridge line stays announced, and no backup is asked for.</summary>
    [Theory]
    [InlineData("open KEYS: too many open files", nameof(FailureCause.LimitReached), "pt has no descriptor left: open KEYS: too many open files; raise the limit: ulimit -n, or LimitNOFILE= of the service")]
    [InlineData("open KEYS: too many open files in system", nameof(FailureCause.LimitReached), "pt has no descriptor left: open KEYS: too many open files in system; raise the limit: ulimit -n, or LimitNOFILE= of the service")]
    [InlineData("read KEYS: cannot allocate memory", nameof(FailureCause.LimitReached), "pt has no memory left: read KEYS: cannot allocate memory; raise the limit of memory: ulimit -v, or MemoryMax= of the service")]
    [InlineData("read KEYS: input/output error", nameof(FailureCause.StateNotWritable), "pt cannot use its state: read KEYS: input/output error; check the disk of tor's data directory: the kernel's log (dmesg) has what is wrong with it")]
    [InlineData("open KEYS: interrupted system call", nameof(FailureCause.ArgumentWrong), "pt refuses t: open KEYS: interrupted system call; correct its arguments in the plugin line of the plaitrc; if they are right, see what the program said")]
    [InlineData("sending to keystone: malformed reply", nameof(FailureCause.ArgumentWrong), "pt refuses t: sending to keystone: malformed reply; correct its arguments in the plugin line of the plaitrc; if they are right, see what the program said")]
    public void Refused_FileThatMayBeWhole_IsNotCalledDamaged(string why, string cause, string expected)
    {
        File.WriteAllText(_state["key"], "{}");

        ProcessDown down = Refused(443, why.Replace("KEYS", _state["key"], StringComparison.Ordinal));

        Assert.Equal((cause, expected.Replace("KEYS", _state["key"], StringComparison.Ordinal)), (down.Cause.ToString(), down.Sentence.ToString()));
        Assert.False(down.KeysAreLost);
    }

    [Theory]
    [InlineData("{", "failed to load statefile 'KEYS': unexpected end of JSON input", "the file in which pt keeps its state is damaged: failed to load statefile 'KEYS': unexpected end of JSON input")]
    [InlineData("", "key: too short", "the file in which pt keeps its state is empty: KEYS")]
    public void Refused_FileThatIsNotUnderstood_IsDamaged(string content, string why, string expected)
    {
        File.WriteAllText(_state["key"], content);

        ProcessDown down = Refused(443, why.Replace("KEYS", _state["key"], StringComparison.Ordinal));

        Assert.Equal(expected.Replace("KEYS", _state["key"], StringComparison.Ordinal), down.Text.ToString());
        Assert.True(down.KeysAreLost);
    }

    /// <summary>With a reason that no start can change, Plait need not be started each second. Others may pass, and then only a start helps.</summary>
    [Theory]
    [InlineData("invalid iat-mode '7'", true)]
    [InlineData("missing argument 'node-id'", true)]
    [InlineData("rendezvous with the broker failed", false)]
    [InlineData("listen tcp 0.0.0.0:443: bind: address already in use", false)]
    [InlineData("listen tcp 192.0.2.1:443: bind: cannot assign requested address", false)] // an interface may come up
    [InlineData("accept: iat-mode: too many open files", false)]
    public void Refused_NamesAnOption_TakesAnotherConfiguration(string why, bool expected)
    {
        ProcessDown down = Refused(443, why, "iat-mode");

        Assert.Equal((true, expected), (down.MayPass, down.TakesAnotherConfiguration));
    }

    [Fact]
    public void Refused_WithoutOptions_MayPass()
    {
        Assert.False(Refused(443, "missing argument 'url'").TakesAnotherConfiguration);
    }

    [Theory]
    [InlineData("invalid iat-mode '7'", "invalid iat-mode '8'", true)]
    [InlineData("invalid iat-mode '7'", "the broker is away", false)]
    public void RefusedAll_TakesAnotherConfiguration_WhereAllDo(string one, string other, bool expected)
    {
        var refused = new Dictionary<string, ProcessDown> { ["t"] = Refused(443, one, "iat-mode"), ["u"] = Refused(443, other, "iat-mode") };

        Assert.Equal(expected, Words(443, []).RefusedAll(refused).TakesAnotherConfiguration);
    }

    /// <summary>tor does not start a program again that says so (L18).</summary>
    [Fact]
    public void Failed_EnvError_TakesAnotherConfiguration()
    {
        Assert.True(Words(443, []).Failed(new(FailureCause.ArgumentWrong, "it says ENV-ERROR no key")).TakesAnotherConfiguration);
    }

    public void Dispose() => _state.Dispose();

    private ProcessDown Refused(int port, string why, params string[] options) => Words(port, options).Refused("t", why, []);

    private StartWords Words(int port, string[] options)
    {
        var request = new LaunchRequest($"pt", PtRole.Server, ["t"], Shell.Command(""))
        {
            Listener = new(IPAddress.Any, port),
            StateFolder = _state.Path,
            OptionKeys = options,
        };
        var scrubber = new Scrubber();
        scrubber.LearnFolder(_state.Path);
        return new(request, new Limits(), scrubber);
    }
}
