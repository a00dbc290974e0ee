using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Plait.Hosting;
using Plait.Wire.Arguments;
using Xunit;

namespace Plait.Tests.Structure;

/// <summary>What the system offers beyond .NET is declared in one place, beside its numbers: the namespace Plait.Native.</summary>
public class NativeCallTests
{
    public static TheoryData<string> Assemblies => [.. new[] { typeof(PtArguments).Assembly, typeof(ClientHost).Assembly, Assembly.Load("Plait.Cli") }
        .Select(assembly => assembly.Location)];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void NativeMethods_OfAProject_StandInPlaitNative(string assembly) =>
        Assert.DoesNotContain(NativeMethodsOf(assembly), method => !method.StartsWith("Plait.Native.", StringComparison.Ordinal));

    [Fact]
    public void NativeMethods_OfPlait_AreFound() => Assert.NotEmpty(NativeMethodsOf(typeof(ClientHost).Assembly.Location));

    private static List<string> NativeMethodsOf(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        MetadataReader metadata = file.GetMetadataReader();
        return [.. metadata.MethodDefinitions.Select(metadata.GetMethodDefinition)
            .Where(method => (method.Attributes & MethodAttributes.PinvokeImpl) != 0)
            .Select(method => $"{NameOf(metadata, method.GetDeclaringType())}.{metadata.GetString(method.Name)}")];
    }

    private static string NameOf(MetadataReader metadata, TypeDefinitionHandle handle)
    {
        TypeDefinition type = metadata.GetTypeDefinition(handle);
        string name = metadata.GetString(type.Name);
        return type.IsNested ? $"{NameOf(metadata, type.GetDeclaringType())}.{name}" : $"{metadata.GetString(type.Namespace)}.{name}";
    }
}
