using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Plait.SystemTests.Tunnels;

/// <summary>Where the hops of a tunnel run.</summary>
public enum TunnelForm
{
    /// <summary>As parts of Plait: it has no children.</summary>
    InProcess,

    /// <summary>In obfs4proxy, a program for each hop.</summary>
    Programs,
}

/// <summary>A theory that holds in both forms: one case for each, which is its first parameter.</summary>
/// <param name="more">The other parameters, the same for both.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class EachFormAttribute(params object?[] more) : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([.. Enum.GetValues<TunnelForm>().Select(form => ConvertDataRow(new object?[] { form }.Concat(more).ToArray()))]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
