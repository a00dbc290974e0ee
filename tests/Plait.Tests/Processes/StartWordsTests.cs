using System.Net;
using Plait.Configuration;
using Plait.Diagnostics;
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

    public void Dispose() => _state.Dispose();

    private ProcessDown Refused(int port, string why)
    {
        var request = new LaunchRequest($"pt", PtRole.Server, ["t"], Shell.Command(""))
        {
            Listener = new(IPAddress.Any, port),
            StateFolder = _state.Path,
        };
        return new StartWords(request, new Limits(), new Scrubber()).Refused("t", why, []);
    }
}
